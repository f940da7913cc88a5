using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>Changes the groups of a network, one change at a time. Thread-safe.</summary>
/// <param name="traits">The groups, and the traits of the connections.</param>
/// <param name="connections">The connections.</param>
internal sealed class PeerGroups(GroupTraits traits, ConnectionManager connections) : IDisposable
{
    private readonly SemaphoreSlim _changing = new(1);

    /// <summary>The groups; empty for one without requirements.</summary>
    public ImmutableArray<PeerGroup> All => traits.Groups;

    /// <summary>The callback after each change, which must be quick. Set it before the first.</summary>
    public Action? OnChanged { get; set; }

    /// <summary>Changes the groups.</summary>
    public async Task SetAsync(ImmutableArray<PeerGroup> groups, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ChangeAsync(groups).ConfigureAwait(false);
            OnChanged?.Invoke();
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose() => _changing.Dispose();

    /// <summary>Changes the traits and the groups together, or neither. Not canceled: that would leave open which groups hold.</summary>
    private async Task ChangeAsync(ImmutableArray<PeerGroup> groups)
    {
        var before = traits.Groups;
        try
        {
            // The traits first: a connection must not be judged by requirements that its traits do not cover yet.
            await connections.SetOutboundGroupsAsync(traits.SetGroups(groups), CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            traits.SetGroups(before);
            throw;
        }
    }
}
