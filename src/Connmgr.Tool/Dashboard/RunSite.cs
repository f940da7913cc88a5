using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>The dashboard of a run. It records the history of the run until it is disposed of.</summary>
internal sealed class RunSite : IDashboardSite
{
    private readonly RunServices _services;
    private readonly TimeProvider _timeProvider;
    private readonly RunHistory _history = new();
    private readonly RunRecorder _recorder;

    public RunSite(RunServices services, TimeProvider timeProvider)
    {
        (_services, _timeProvider) = (services, timeProvider);
        _recorder = new RunRecorder(_history, services.Network.Connections, () => RunFacts.From(services.Network), timeProvider);
    }

    public DashboardPage Page { get; } = new("index.html", ["dashboard.js", "charts.js"]);

    public bool HasChanges => true;

    public IReadOnlyList<DashboardRoute> CreateRoutes(EventClients clients, RequestDelegate metrics) =>
        new DashboardApi(_services, _history, clients, metrics, _timeProvider).Routes();

    public ValueTask DisposeAsync() => _recorder.DisposeAsync();
}
