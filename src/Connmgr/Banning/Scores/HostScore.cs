using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>The score of a host.</summary>
/// <param name="Score">Its own points by now.</param>
/// <param name="NetgroupScore">Those of its netgroup, its own included; 0 when netgroups are not kept.</param>
/// <param name="Verdict">What they mean: the severer one of the two.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct HostScore(uint Score, uint NetgroupScore, ScoreVerdict Verdict);
