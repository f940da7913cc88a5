using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>The score of a host.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct HostScore
{
    internal HostScore(uint score, uint netgroupScore, MisbehaviorAction action) => (Score, NetgroupScore, Action) = (score, netgroupScore, action);

    /// <summary>The host's points by now.</summary>
    public uint Score { get; }

    /// <summary>The points of its netgroup by now, its own included; 0 when the scores of netgroups are not kept.</summary>
    public uint NetgroupScore { get; }

    /// <summary>The consequence: the severer one of the two.</summary>
    public MisbehaviorAction Action { get; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(HostScore),
        (nameof(Score), Score),
        (nameof(NetgroupScore), NetgroupScore),
        (nameof(Action), Action));
}
