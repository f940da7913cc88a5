using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>The steps that a <see cref="PolicySchedule"/> decides on.</summary>
internal enum PolicyStep
{
    Nothing,
    Feeler,
    ExtraNetwork,
    ExtraBlockRelay,
    ExtraFull,
}

/// <summary>The state of the network that a <see cref="PolicySchedule"/> decides by.</summary>
/// <param name="IsFull">True if no automatic peer is missing. Policies must not delay these.</param>
/// <param name="IsNetworkMissing">True if there is a network without peers to connect to, and no extra full peer has its trial.</param>
/// <param name="CanAddBlockRelay">True if there is a group of block-relay-only peers, and no extra one has its trial.</param>
/// <param name="NeedsFullPeer">True if the tip is stale, there is a group of full peers, and no extra one has its trial.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PolicySituation(bool IsFull, bool IsNetworkMissing, bool CanAddBlockRelay = false, bool NeedsFullPeer = false);
