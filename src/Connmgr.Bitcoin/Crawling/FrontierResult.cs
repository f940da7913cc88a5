using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>The result of a visit, for <see cref="IFrontier.CompleteAsync"/>. An immutable value.</summary>
/// <param name="Lease">The lease of the address.</param>
/// <param name="IsReachable">True when the node completed the handshake.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FrontierResult(FrontierLease Lease, bool IsReachable)
{
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
        nameof(FrontierResult), (nameof(Lease), Lease), (nameof(IsReachable), IsReachable), (nameof(Services), Services), (nameof(Record), Record.Length));
}
