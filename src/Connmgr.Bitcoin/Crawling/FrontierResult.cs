using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>The result of a visit, for <see cref="IFrontier.CompleteAsync"/>. An immutable value.</summary>
/// <param name="Lease">The lease of the address.</param>
/// <param name="IsReachable">True when the node completed the handshake.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FrontierResult(FrontierLease Lease, bool IsReachable)
{
    /// <summary>
    /// True to leave the address out of this round: it was not visited, and all that is known of it stays. It is due again in the next round.
    /// Nothing else of the result is used then. Default false.
    /// </summary>
    public bool IsSkipped { get; init; }

    /// <summary>The services of the node. Not used for one that was not reachable, which keeps those known before.</summary>
    public ulong Services { get; init; }

    /// <summary>
    /// A record of the visit, which the frontier copies and keeps until the next visit completes: at most
    /// <see cref="FrontierOptions.MaxRecordLength"/> bytes, in a form of the crawler. Not used for a node that was not reachable. Default
    /// empty: none.
    /// </summary>
    public ReadOnlyMemory<byte> Record { get; init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(FrontierResult), (nameof(Lease), Lease), (nameof(IsReachable), IsReachable), (nameof(IsSkipped), IsSkipped), (nameof(Services), Services), (nameof(Record), Record.Length));
}
