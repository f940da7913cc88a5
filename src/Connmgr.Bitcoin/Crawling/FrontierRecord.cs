using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>The record of a reachable node, as <see cref="IFrontier.GetRecordsAsync"/> returns it. An immutable value.</summary>
/// <param name="EndPoint">The address of the node.</param>
/// <param name="Data">The bytes of <see cref="FrontierResult.Record"/>.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FrontierRecord(NetworkEndPoint EndPoint, ReadOnlyMemory<byte> Data)
{
    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(FrontierRecord), (nameof(EndPoint), EndPoint), (nameof(Data), Data.Length));
}
