using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// The time since a gateway lost its mappings, as its replies say, and the time of the reply. Both protocols have one. Immutable; pure.
/// </summary>
/// <param name="Seconds">The seconds.</param>
/// <param name="At">The time of the reply.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GatewayEpoch(uint Seconds, TimeSpan At)
{
    /// <summary>Determines whether the gateway has lost its mappings between two replies: its clock went back, or too fast or slow (RFC 6887, 8.5).</summary>
    /// <param name="later">The later reply.</param>
    /// <returns>True when it has.</returns>
    public bool IsReset(in GatewayEpoch later)
    {
        if (later.Seconds + 1L < Seconds)
            return true;
        var ours = (later.At - At).TotalSeconds;
        var theirs = (double)later.Seconds - Seconds;
        return ours + 2 < theirs - (theirs / 16) || theirs + 2 < ours - (ours / 16);
    }
}
