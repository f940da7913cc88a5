using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>An address that an <see cref="IFrontier"/> has given to one crawler for some time. An immutable value.</summary>
/// <param name="EndPoint">The address to visit.</param>
/// <param name="Token">The number of the lease. Of two leases of an address, the later one has the higher number.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FrontierLease(NetworkEndPoint EndPoint, long Token)
{
    /// <summary>The services that the node had at its last visit, or that others claim for it; 0 if there are no claims.</summary>
    public ulong Services { get; init; }

    /// <summary>The number of visits in a row that did not reach the node, up to 255.</summary>
    public int Failures { get; init; }

    /// <summary>True when the address has not been visited before.</summary>
    public bool IsNew { get; init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(FrontierLease), PrintMembers);
}
