namespace Connmgr.Tool;

/// <summary>The dashboard and the control socket of a run, as far as it has them.</summary>
internal sealed class RunServers : IAsyncDisposable
{
    private DashboardServer? _dashboard;
    private ControlServer? _control;

    private RunServers()
    {
    }

    /// <summary>The URL of the dashboard; null when there is none.</summary>
    public string? DashboardLink => _dashboard?.Link;

    /// <summary>Starts the servers.</summary>
    /// <param name="context">The run.</param>
    /// <param name="services">The services of the run.</param>
    /// <exception cref="ToolException">A server can't start.</exception>
    public static async Task<RunServers> StartAsync(RunContext context, RunServices services)
    {
        var servers = new RunServers();
        try
        {
            if (context.Options.Dashboard is { } settings)
                await servers.StartDashboardAsync(settings with { MaxConnections = context.Files.DashboardPlaces }, context, services).ConfigureAwait(false);
            if (context.Directory is { } directory)
                servers._control = ControlServer.Start(directory, services.Info.Network, services.Handlers, context.TimeProvider, context.Files.ControlClients);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_control is not null)
            await _control.DisposeAsync().ConfigureAwait(false);
        if (_dashboard is not null)
            await _dashboard.DisposeAsync().ConfigureAwait(false);
    }

    private async Task StartDashboardAsync(DashboardSettings settings, RunContext context, RunServices services)
    {
        _dashboard = await DashboardServer.StartAsync(settings, new RunSite(services, context.TimeProvider), context.Directory, context.TimeProvider).ConfigureAwait(false);
        var (time, text) = (context.TimeProvider.GetUtcNow(), _dashboard.Invitation);
        context.News.Writer.TryWrite(output => output.Notice(time, text));
    }
}
