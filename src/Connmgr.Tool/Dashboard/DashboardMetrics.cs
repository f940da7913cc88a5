using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Connmgr.Tool;

/// <summary>The metrics of the process for Prometheus: those of Connmgr's meters and of .NET. Counts from its creation.</summary>
internal sealed class DashboardMetrics : IDisposable
{
    public const string ContentType = "text/plain";

    private readonly MeterProvider _meters = Sdk.CreateMeterProviderBuilder()
        .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("connmgr"))
        .AddMeter("Connmgr", "Connmgr.*", "System.Runtime")
        .AddPrometheusExporter()
        .Build();

    /// <summary>Creates the handler of a scrape.</summary>
    public RequestDelegate For(IApplicationBuilder app) =>
        app.New().UseOpenTelemetryPrometheusScrapingEndpoint(_meters, static _ => true, path: null, configureBranchedPipeline: null, optionsName: null).Build();

    public void Dispose() => _meters.Dispose();
}
