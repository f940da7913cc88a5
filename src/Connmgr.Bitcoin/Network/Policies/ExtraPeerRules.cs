using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Decides which peer ends when there is one in addition to the target, as Bitcoin Core does: the extra peer or one that it takes the
/// place of. Has neither state nor clock.
/// </summary>
internal static class ExtraPeerRules
{
    /// <summary>The time for which a peer is kept at least. Until then it had no chance to be of use.</summary>
    public static readonly TimeSpan LeastTime = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Finds the block-relay-only peer to end: the youngest, or the second youngest when the youngest delivered a block later than that.
    /// </summary>
    /// <param name="peers">The peers with the extra one.</param>
    /// <returns>Null if none ends yet.</returns>
    public static ExtraPeerMember? FindBlockRelay(IEnumerable<ExtraPeerMember> peers)
    {
        ExtraPeerMember[] youngest = [.. peers.OrderByDescending(static peer => peer.Id).Take(2)];
        if (youngest.Length == 0)
            return null;
        var ended = youngest.Length == 2 && GetLastBlock(youngest[0]) > GetLastBlock(youngest[1]) ? youngest[1] : youngest[0];
        return MayEnd(ended) ? ended : null;
    }

    /// <summary>
    /// Finds the full peer to end: the one whose last new block is the oldest, of equal ones the youngest. Spares those that the program
    /// protects, and the only peer of a network.
    /// </summary>
    /// <param name="peers">The peers with the extra one.</param>
    /// <param name="others">The networks of other peers that stay, such as permanent ones; a network once for each.</param>
    /// <returns>Null if none ends yet.</returns>
    public static ExtraPeerMember? FindFull(ImmutableArray<ExtraPeerMember> peers, IEnumerable<AddressNetworks> others)
    {
        var counts = peers.Select(static peer => peer.Network).Concat(others).CountBy(static network => network).ToDictionary();
        ExtraPeerMember? ended = null;
        foreach (var peer in peers.OrderByDescending(static peer => peer.Id))
        {
            if (!peer.IsProtected && counts[peer.Network] > 1 && (ended is not { } known || GetLastBlock(peer) < GetLastBlock(known)))
                ended = peer;
        }

        return ended is { } found && MayEnd(found) ? found : null;
    }

    private static bool MayEnd(in ExtraPeerMember peer) => peer is { IsBusy: false } && peer.Age >= LeastTime;

    private static TimeSpan GetLastBlock(in ExtraPeerMember peer) => peer.LastBlock ?? TimeSpan.MinValue;
}

/// <summary>A peer, as the rules of extra peers see it.</summary>
/// <param name="Id">The id of its connection; a younger one has a higher one.</param>
/// <param name="Age">The time since it was connected.</param>
/// <param name="LastBlock">The time of the last block that it was the first to provide; null for none.</param>
/// <param name="Network">The network of its address.</param>
/// <param name="IsProtected">True if the program protects it: <see cref="Connection.Protect"/>.</param>
/// <param name="IsBusy">True if it has requests to answer.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ExtraPeerMember(
    long Id, TimeSpan Age, TimeSpan? LastBlock, AddressNetworks Network, bool IsProtected = false, bool IsBusy = false);
