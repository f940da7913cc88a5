using System.Globalization;
using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// Whether the process may open as many files as the limits of a manager ask for: each TCP connection is one. Without that check the first
/// flood uses them up, and then nothing can be dialled or written to disk either. As in Bitcoin Core, the inbound limit is lowered and a
/// warning says so.
/// </summary>
/// <param name="Limit">How many files the process may have open.</param>
/// <param name="Needed">How many it needs.</param>
/// <param name="MaxInbound">The most inbound connections within the limit; null for no limit.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DescriptorBudget(long Limit, long Needed, int? MaxInbound)
{
    /// <summary>For what is not a peer: files, listeners, the runtime's own, a database.</summary>
    public const int Reserve = 150;

    public bool IsShort => Needed > Limit;

    /// <summary>What a manager needs. Attempts beyond the target are short-lived; a quarter of them at one time is plenty.</summary>
    public static DescriptorBudget Of(ConnectionManagerOptions options, long limit)
    {
        var limits = options.InboundLimits;
        var outbound = (options.AddressSource is null ? 0L : options.TargetOutbound) + options.MaxHedgedDials / 4;
        var others = Reserve + outbound + (limits.Allowed.Count > 0 ? limits.AllowedBudget : 0);
        if (options.MaxInbound is not { } maxInbound)
            return new(limit, others, null);
        var needed = others + maxInbound;
        if (limits.MaxConnections is { } total)
            needed = Math.Min(needed, (long)total + Reserve);
        return new(limit, needed, needed <= limit ? maxInbound : (int)Math.Clamp(limit - others, 0, maxInbound));
    }

    /// <summary>The limit of this process; null where it is not known.</summary>
    public static long? ReadLimit() =>
        OperatingSystem.IsLinux() ? ReadProc() : OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD() ? ResourceLimit.OpenFiles() : null;

    /// <summary>The soft limit, which the runtime has raised to the hard one at its start.</summary>
    private static long? ReadProc()
    {
        const string Name = "Max open files";
        try
        {
            foreach (var line in File.ReadLines("/proc/self/limits"))
            {
                if (line.StartsWith(Name, StringComparison.Ordinal))
                    return Parse(line.AsSpan(Name.Length));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A sandbox without /proc.
        }

        return null;
    }

    /// <summary>The first of the columns; null for "unlimited".</summary>
    private static long? Parse(ReadOnlySpan<char> columns)
    {
        columns = columns.TrimStart();
        var end = columns.IndexOf(' ');
        return long.TryParse(end < 0 ? columns : columns[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
