using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>The score of a host.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct HostScore
{
    internal HostScore(uint score, uint netgroupScore, MisbehaviorAction action) => (Score, NetgroupScore, Action) = (score, netgroupScore, action);

    /// <summary>The current points of the host.</summary>
    public uint Score { get; }

    /// <summary>The current points of its netgroup, including those of the host; 0 if netgroups have no scores.</summary>
    public uint NetgroupScore { get; }

    /// <summary>The action: the more severe one of both scores.</summary>
    public MisbehaviorAction Action { get; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(HostScore),
        (nameof(Score), Score),
        (nameof(NetgroupScore), NetgroupScore),
        (nameof(Action), Action));
}
