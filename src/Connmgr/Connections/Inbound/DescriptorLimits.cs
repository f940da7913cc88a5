using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// Lowers the limits of a manager to the file descriptors that the process may open (<see cref="DescriptorBudget"/>). Used by the loop
/// only.
/// </summary>
internal sealed class DescriptorLimits(ManagerContext context, ConnectionRules rules)
{
    /// <summary>The descriptors that were open, and the limit, at the start. No limit before the start, and if nothing uses descriptors.</summary>
    private FileDescriptorUsage _files;

    private bool DialsTcp => context.Options.Dial?.Target is TcpDialer or NetworkDialer;

    /// <summary>Counts the file descriptors, before anything is dialled or accepted. Only TCP connections are known to take one each.</summary>
    /// <returns>
    /// An exception if they are too few for the outbound connections; null if they are enough, with the other limits lowered where
    /// necessary.
    /// </returns>
    public FileDescriptorLimitException? Check(TimeSpan now)
    {
        if (!DialsTcp && !context.Options.Listeners.Any(static listener => listener is TcpConnectionListener))
            return null;
        _files = FileDescriptorUsage.GetCurrent();
        if (Budget is { IsTooShort: true } budget)
            return new FileDescriptorLimitException(budget.Limit, budget.Least);
        Fit(now);
        return null;
    }

    /// <summary>Lowers the limits, at the start and whenever they were changed afterwards.</summary>
    public void Fit(TimeSpan now)
    {
        if (Budget is not { } budget)
            return;
        rules.MaxHedgedDials = budget.MaxHedgedDials;
        if (!budget.IsShort)
            return;
        Log.TooFewDescriptors(context.Logger, budget.Limit, budget.Needed, budget.MaxInbound, budget.MaxHedgedDials);
        if (budget.MaxInbound != rules.MaxInbound)
            rules.SetMaxInbound(budget.MaxInbound, now);
        context.Events.Publish(
            static (time, budget) => new FileDescriptorLimitTooLow(time, budget.Limit, budget.Needed, budget.MaxInbound) { MaxHedgedDials = budget.MaxHedgedDials },
            budget);
    }

    /// <summary>
    /// The budget for the current limits, including earlier changes, so that a limit is never raised here. Null without a limit of
    /// descriptors.
    /// </summary>
    private DescriptorBudget? Budget => _files.Limit is { } limit
        ? DescriptorBudget.Create(context.Options.With(rules.TargetOutbound, rules.MaxInbound, rules.Limits), limit, _files.Open, DialsTcp)
        : null;
}
