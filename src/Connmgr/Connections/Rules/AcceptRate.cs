using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>How often one source may connect: at most <paramref name="Burst"/> times at once, and <paramref name="PerSecond"/> times a second in the long run.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AcceptRate(double PerSecond, int Burst);
