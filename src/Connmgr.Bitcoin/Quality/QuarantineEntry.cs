using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>An address in quarantine: see <see cref="AddressQuarantine"/>. An immutable value.</summary>
/// <param name="EndPoint">The address.</param>
/// <param name="Times">The number of times in a row that its peer gave cause, from 1.</param>
/// <param name="RestsUntil">The end of its rest.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct QuarantineEntry(NetworkEndPoint EndPoint, int Times, DateTimeOffset RestsUntil)
{
    /// <summary>The largest number of times.</summary>
    internal const int MaxTimes = 255;

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(QuarantineEntry), PrintMembers);
}
