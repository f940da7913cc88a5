using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The quarantined addresses that a command works on.</summary>
internal interface IQuarantine
{
    /// <summary>Gets the resting addresses, ordered by the end of their rest.</summary>
    ImmutableArray<QuarantineEntry> GetResting();

    /// <summary>Releases an address.</summary>
    /// <returns>True if anything counted against it.</returns>
    bool Release(NetworkEndPoint endPoint);
}

/// <summary>The quarantine of a run. Thread-safe.</summary>
internal sealed class RunQuarantine(PeerNetwork network) : IQuarantine
{
    public ImmutableArray<QuarantineEntry> GetResting() => network.Quarantine.GetResting();

    public bool Release(NetworkEndPoint endPoint)
    {
        var isReleased = network.Quarantine.Release(endPoint);
        if (isReleased)
            network.Connections.NotifyAddressesAvailable();
        return isReleased;
    }
}

/// <summary>The quarantine of a file. Not thread-safe.</summary>
internal sealed class StoredQuarantine(ImmutableArray<QuarantineEntry> entries, TimeProvider timeProvider) : IQuarantine
{
    /// <summary>All entries, including those whose rest is over.</summary>
    public ImmutableArray<QuarantineEntry> Entries { get; private set; } = entries;

    public ImmutableArray<QuarantineEntry> GetResting()
    {
        var now = timeProvider.GetUtcNow();
        return [.. Entries.Where(entry => entry.RestsUntil > now).OrderBy(static entry => entry.RestsUntil)];
    }

    public bool Release(NetworkEndPoint endPoint)
    {
        var before = Entries.Length;
        Entries = Entries.RemoveAll(entry => entry.EndPoint == endPoint);
        return Entries.Length < before;
    }
}
