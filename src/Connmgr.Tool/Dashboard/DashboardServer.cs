using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Connmgr.Tool;

/// <summary>
/// Serves the dashboard of a run or a crawl: its page, the API and the metrics. It reads no configuration other than its settings, and listens
/// only at their address. It uses only Kestrel and the routing of ASP.NET. Disposing it ends the requests of its clients.
/// </summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private const int MaxBody = 16 << 10;
    private const int MaxRequestLine = 4 << 10;
    private const int MaxHeaders = 16 << 10;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The time for the headers of a request, from the first byte.</summary>
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The time to the next request: longer than most scrape intervals of Prometheus.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(35);

    private readonly WebApplication _app;
    private readonly IDashboardSite _site;
    private readonly EventClients _clients;
    private readonly DashboardMetrics _metrics;
    private readonly DashboardToken _token;
    private readonly DataDirectory? _directory;
    private readonly TimeProvider _timeProvider;
    private readonly bool _isRemote;
    private int _isDisposed;

    private DashboardServer(DashboardSettings settings, IDashboardSite site, DataDirectory? directory, TimeProvider timeProvider)
    {
        (_site, _directory, _timeProvider, _isRemote) = (site, directory, timeProvider, settings.IsRemote);
        (_token, _clients, _metrics) = (DashboardToken.Create(), new EventClients(), new DashboardMetrics());
        var places = new DashboardPlaces(settings.MaxConnections);
        _app = Build(settings, places, timeProvider);
        var gate = new DashboardGate(new DashboardAccess(settings, _token), places);
        _app.Use(gate.InvokeAsync);
        var routes = site.CreateRoutes(_clients, _metrics.For(_app));
        foreach (var route in (IEnumerable<DashboardRoute>)[.. routes, OpenApiDocument.GetRoute(routes), .. DashboardAssets.Routes(site.Page)])
            _app.MapMethods(route.Path, [route.Method], route.RunAsync).WithMetadata(route);
    }

    /// <summary>The endpoints.</summary>
    public IEnumerable<Endpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <summary>The URL, with the actual port.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The token that allows changes.</summary>
    public string Token => _token.Text;

    /// <summary>The URL to open in a browser. It contains the token if one is needed and not in a file.</summary>
    public string Link => _directory is null && NeedsToken ? $"{Address}#token={Token}" : $"{Address}";

    /// <summary>A sentence with the URL and the place of the token.</summary>
    public string Invitation { get; private set; } = string.Empty;

    /// <summary>Starts a dashboard.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="site">The content, which the dashboard disposes of.</param>
    /// <param name="directory">The directory for the file with the token; null for none, then <see cref="Invitation"/> contains the token.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="ToolException">The dashboard can't start.</exception>
    public static async Task<DashboardServer> StartAsync(
        DashboardSettings settings, IDashboardSite site, DataDirectory? directory, TimeProvider timeProvider)
    {
        var server = new DashboardServer(settings, site, directory, timeProvider);
        try
        {
            await server.StartAsync().ConfigureAwait(false);
            return server;
        }
        catch (Exception exception)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            if (exception is not (IOException or UnauthorizedAccessException))
                throw;
            var where = new IPEndPoint(settings.Address, settings.Port);
            throw new ToolException($"can't serve the dashboard at {where}: {exception.Message.TrimEnd('.')}. Give --dashboard another address or port.", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await _clients.StopAsync().ConfigureAwait(false);
        using (var timeout = new CancellationTokenSource(StopTimeout, _timeProvider))
            await _app.StopAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync().ConfigureAwait(false);
        await _site.DisposeAsync().ConfigureAwait(false);
        _metrics.Dispose();
        _clients.Dispose();
        if (_directory is not null)
            DashboardToken.Remove(_directory);
    }

    private async Task StartAsync()
    {
        await _app.StartAsync().ConfigureAwait(false);
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Invitation = (_directory, _site.HasChanges) switch
        {
            (null, true) => $"dashboard: {Link} (anyone with this link can make changes)",
            (null, false) => _isRemote ? $"dashboard: {Link} (anyone with this link can read it)" : $"dashboard: {Link}",
            _ => $"dashboard: {Link} (changes need the token in {await _token.WriteAsync(_directory).ConfigureAwait(false)})",
        };
    }

    private bool NeedsToken => _site.HasChanges || _isRemote;

    private static WebApplication Build(DashboardSettings settings, DashboardPlaces places, TimeProvider timeProvider)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>(); // The run handles signals.
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
            kestrel.Limits.KeepAliveTimeout = KeepAlive;
            kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
            kestrel.Limits.MaxRequestLineSize = MaxRequestLine;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaders;
            kestrel.Listen(settings.Address, settings.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => // After Kestrel's own registration: the last one counts.
            new DashboardListenerFactory(places, services.GetRequiredService<IMemoryPoolFactory<byte>>(), timeProvider));
        return builder.Build();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
