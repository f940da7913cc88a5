using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>A visit that has ended. An immutable value.</summary>
/// <param name="Active">The visit.</param>
/// <param name="Visit">Its outcome; null when there was none, and the address is due again.</param>
/// <param name="IsSkipped">True to leave the address out of the round.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FinishedVisit(ActiveVisit Active, CrawlVisit? Visit, bool IsSkipped)
{
    /// <summary>True when nothing answered: the node may be dead, or the network of this machine is down.</summary>
    public bool IsSilent => Visit is { IsReachable: false, FailureCause: var cause } && !OutageWatch.IsAnswer(cause);
}
