using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Connmgr;

/// <summary>
/// The names under which the libraries measure and trace, for those who collect: <c>AddMeter(ConnmgrTelemetry.MeterName)</c>,
/// <c>AddSource(ConnmgrTelemetry.ActivitySourceName)</c>. Every instrument, tag, span and log event is listed in docs/reference/telemetry.md. Without a listener nothing is allocated for it.
/// <para>Thread safety: all members may be called from any thread.</para>
/// </summary>
/// <remarks>
/// Measurements are made where things happen, including the loop of a manager: a listener must be quick and must not block. Its exceptions
/// are ignored.
/// </remarks>
public static class ConnmgrTelemetry
{
    /// <summary>The name of the meter: Connmgr.</summary>
    public const string MeterName = "Connmgr";

    /// <summary>The name of the activity source: Connmgr.</summary>
    public const string ActivitySourceName = "Connmgr";

    private static readonly string? Version = typeof(ConnmgrTelemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly Meter Shared = new(MeterName, Version);

    /// <summary>The source of spans.</summary>
    internal static ActivitySource Activities { get; } = new(ActivitySourceName, Version);

    /// <summary>Gets the meter of the instruments.</summary>
    /// <param name="meterFactory">The factory of a host, which keeps one meter of the name; null for the meter that the process shares.</param>
    /// <returns>The meter. Not the caller's to dispose.</returns>
    internal static Meter GetMeter(IMeterFactory? meterFactory = null) =>
        meterFactory?.Create(new MeterOptions(MeterName) { Version = Version }) ?? Shared;
}
