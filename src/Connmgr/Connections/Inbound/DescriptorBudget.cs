using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// Compares the file descriptors that the limits of a manager require with those that the process may open. Without this check the first
/// flood uses them up: then nothing can be dialled or written to disk, and the runtime may end the process. As in Bitcoin Core, the inbound
/// limit is lowered with a warning. This is the only place that sums up the descriptors: those open at the start, those that the program
/// reserves, those of peers, and a headroom. Design I-7.
/// </summary>
/// <param name="Limit">The number that the process may have open.</param>
/// <param name="Least">The number that it needs without inbound connections and hedged dials.</param>
/// <param name="Needed">The number that it needs for everything that is configured.</param>
/// <param name="MaxInbound">The most inbound connections within the limit; null for no limit.</param>
/// <param name="MaxHedgedDials">The most dials beyond one for each slot within the limit.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DescriptorBudget(long Limit, long Least, long Needed, int? MaxInbound, int MaxHedgedDials)
{
    /// <summary>
    /// The descriptors for short-lived uses: files that are replaced, look-ups of names, and assemblies that the runtime loads when they
    /// are first used. Measured: 8 of the last for connmgr without a dashboard.
    /// </summary>
    public const int Headroom = 20;

    /// <summary>True when some limits have to be lowered.</summary>
    public bool IsShort => Needed > Limit;

    /// <summary>True when there are too few for the wanted outbound connections alone.</summary>
    public bool IsTooShort => Least > Limit;

    /// <summary>Sums up the descriptors that a manager needs.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="limit">The number that the process may have open.</param>
    /// <param name="open">The number of open descriptors.</param>
    /// <param name="dialsTcp">True if outbound connections take descriptors.</param>
    public static DescriptorBudget Create(ConnectionManagerOptions options, long limit, long open, bool dialsTcp)
    {
        var limits = options.InboundLimits;
        var dials = dialsTcp && options.AddressSource is not null;
        var outbound = dials ? options.TargetOutbound : 0L;
        var trials = dialsTcp ? options.MaxTrials : 0L; // They may be dialled without a source, too.
        var hedged = dials ? options.MaxHedgedDials : 0L;
        var listeners = options.Listeners.Count(static listener => listener is TcpConnectionListener or InterfaceListener);
        var accepting = (long)listeners * AcceptLoop.MaxUndecided + (listeners > 0 && limits.AllowList.Count > 0 ? limits.MaxAllowListed : 0);
        var inbound = listeners == 0 ? 0L : options.MaxInbound ?? 0;
        if (limits.MaxConnections is { } total)
            inbound = Math.Min(inbound, Math.Max(0, total - outbound));
        var least = open + Headroom + options.ReservedFileDescriptors + outbound + trials;
        var needed = least + accepting + hedged + inbound;
        if (needed <= limit)
            return new(limit, least, needed, options.MaxInbound, options.MaxHedgedDials);

        // Up to a quarter of the rest is for hedged dials, so that inbound peers do not keep the manager from finding outbound ones; more if it is free.
        var rest = Math.Max(0, limit - least - accepting);
        var inboundWithin = Math.Min(inbound, rest - Math.Min(hedged, rest / 4));
        var hedgedWithin = dials ? Math.Min(hedged, rest - inboundWithin) : options.MaxHedgedDials;
        return new(limit, least, needed, inboundWithin == inbound ? options.MaxInbound : (int)inboundWithin, (int)hedgedWithin);
    }
}
