using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The addresses of the source that are not dialled for a while: those that failed, and those whose connections did not last. Changed by
/// the rules only; other threads may read.
/// </summary>
internal sealed class AddressRests(RulesOptions options)
{
    private readonly RestingAddresses _resting = new(options.Manager.RetryDuration);
    private readonly FlappingAddresses _flapping = new(options.Manager.RetryDuration, options.MaxRetryDuration, options.Random);

    /// <summary>Gets an upper bound of the number of resting addresses. May be called from any thread.</summary>
    public int CountAt(TimeSpan now) => _resting.CountAt(now) + _flapping.CountResting(now);

    /// <summary>Determines whether an address is resting. May be called from any thread.</summary>
    public bool IsResting(EndPoint key, TimeSpan now) => _resting.Contains(key, now) || _flapping.IsResting(key, now);

    /// <summary>Gets the number of connections in a row, before this one, to the address of an automatic link that did not last.</summary>
    public int GetShortConnections(Link link, TimeSpan now) =>
        link.Request is { Kind: ConnectionKind.Automatic, Key: { } key } && _flapping.Count > 0 ? _flapping.GetTimes(key, now) : 0;

    /// <summary>Lets the address of a failed attempt rest.</summary>
    public void NoteFailure(Request request, ConnectFailureCause cause, TimeSpan now)
    {
        if (request.FromSource && !cause.IsOwnDoing() && cause != ConnectFailureCause.Unsuited)
            _resting.Add(request.Key!, now);
    }

    /// <summary>
    /// Lets the address of an attempt that was given up rest, although nothing is wrong with it: otherwise a handshake that disconnects
    /// itself would cause another dial at once.
    /// </summary>
    public void NoteCanceled(Request request, TimeSpan now)
    {
        if (request is { FromSource: true, Link.Phase: LinkPhase.Dialing or LinkPhase.Handshaking, Key: { } key })
            _resting.Add(key, now);
    }

    /// <summary>Records the end of a connection. The address of an automatic one that repeatedly ends soon rests longer each time.</summary>
    /// <returns>
    /// The number of connections in a row that did not last, if the source must be informed; 0 for one that lasted after some that did not.
    /// Null otherwise.
    /// </returns>
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

        if (stood < options.Manager.RetryDuration && cause != DisconnectCause.Unsuited)
            _resting.Add(key, now); // An unsuited peer rests for the requirements that it does not meet: UnsuitedAddresses.
        return null;
    }
}
