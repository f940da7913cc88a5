using Connmgr.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Connmgr.Hosting.Tests.Support;

/// <summary>A real host with settings in memory that keeps its log lines. It waits with a deadline, never by sleeping.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly IHost _host;

    public TestHost(Action<IServiceCollection, IConfiguration> add, params (string Key, string? Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        Settings = new ChangingSettings(settings);
        ((IConfigurationBuilder)builder.Configuration).Add(Settings);
        builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new FakeLoggerProvider(Log));
        add(builder.Services, builder.Configuration);
        _host = builder.Build();
    }

    public FakeLogCollector Log { get; } = new();

    public ChangingSettings Settings { get; }

    public IServiceProvider Services => _host.Services;

    public IHostApplicationLifetime Lifetime => Services.GetRequiredService<IHostApplicationLifetime>();

    /// <summary>The sandbox that suits most tests: everybody is there and behaves.</summary>
    public static SandboxNetworkOptions Calm { get; } = new()
    {
        DeadShare = 0,
        SlowShare = 0,
        ResettingShare = 0,
        SilentShare = 0,
        RestlessShare = 0,
        HostileShare = 0,
        Latency = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5)),
    };

    public Task StartAsync() => SoonAsync(_host.StartAsync(TestContext.Current.CancellationToken));

    public Task StopAsync() => SoonAsync(_host.StopAsync(TestContext.Current.CancellationToken));

    public Task StopAsync(CancellationToken cancellationToken) => _host.StopAsync(cancellationToken);

    /// <summary>Gets the log lines of an event, in order.</summary>
    public IReadOnlyList<FakeLogRecord> Lines(int eventId) => [.. Log.GetSnapshot().Where(line => line.Id.Id == eventId)];

    /// <summary>Waits for a task that must not hang.</summary>
    public static Task SoonAsync(Task task) => task.WaitAsync(Deadline, TimeProvider.System, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        else
            _host.Dispose();
    }
}
