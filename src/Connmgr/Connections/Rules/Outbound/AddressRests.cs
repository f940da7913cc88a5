using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The addresses of the source that are left alone for a while: those that failed, and those whose connections did not last. Changed by the rules alone; another thread may read
/// meanwhile.
/// </summary>
internal sealed class AddressRests(RulesOptions options)
{
    private readonly RestingAddresses _resting = new(options.Manager.RetryDuration);
    private readonly FlappingAddresses _flapping = new(options.Manager.RetryDuration, options.MaxRetryDuration, options.Random);

    /// <summary>Counts the addresses that are left alone, at most. May be called from any thread.</summary>
    public int CountAt(TimeSpan now) => _resting.CountAt(now) + _flapping.CountResting(now);

    /// <summary>Determines whether an address is left alone. May be called from any thread.</summary>
    public bool IsResting(EndPoint key, TimeSpan now) => _resting.Contains(key, now) || _flapping.IsResting(key, now);

    /// <summary>Gets the number of connections in a row, before this one, to the address of an automatic link that did not last.</summary>
    public int GetShortConnections(Link link, TimeSpan now) =>
        link.Request is { Kind: ConnectionKind.Automatic, Key: { } key } && _flapping.Count > 0 ? _flapping.GetTimes(key, now) : 0;

    /// <summary>Leaves the address alone whose attempt failed.</summary>
    public void NoteFailure(Request request, ConnectFailureCause cause, TimeSpan now)
    {
        if (request.FromSource && !cause.IsOwnDoing())
            _resting.Add(request.Key!, now);
    }

    /// <summary>
    /// Leaves the address alone whose attempt is given up, though nothing is held against it: a handshake that disconnects itself must not have it dialled again at once.
    /// </summary>
    public void NoteCanceled(Request request, TimeSpan now)
    {
        if (request is { FromSource: true, Link.Phase: LinkPhase.Dialing or LinkPhase.Handshaking, Key: { } key })
            _resting.Add(key, now);
    }

    /// <summary>Notes the end of a connection. An automatic one that ends soon, again and again, has its address left alone longer each time.</summary>
    /// <returns>The number of connections in a row that did not last, when the source is to know: 0 for one that lasted after some that did not. Null otherwise.</returns>
    public int? NoteEnd(Link link, DisconnectCause cause, TimeSpan now)
    {
        if (link.Request is not { FromSource: true, Key: { } key } request)
            return null;
        var stood = now - link.EstablishedAt;
        if (request.Kind == ConnectionKind.Automatic)
        {
            if (stood >= _flapping.LastingFrom)
                return _flapping.Remove(key, now) > 0 ? 0 : null;
            if (!cause.IsOwnDoing())
                return _flapping.Add(key, now);
        }

        if (stood < options.Manager.RetryDuration)
            _resting.Add(key, now);
        return null;
    }
}
