using System.Text.Json;
using Connmgr.Bitcoin;
using Connmgr.Testing;
using Spectre.Console;

namespace Connmgr.Tool.Tests;

/// <summary>Runs the tool in this process.</summary>
internal sealed class ToolRun
{
    private readonly SharedWriter _error = new();

    /// <summary>The network that <c>--network sandbox</c> opens.</summary>
    public Func<NetworkWorld> World { get; init; } = () => FastSandbox();

    /// <summary>The writer of standard output.</summary>
    public StringWriter OutWriter { get; init; } = new SharedWriter();

    public IAnsiConsole? Terminal { get; init; }

    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The columns of standard output.</summary>
    public int Width { get; init; } = 100;

    /// <summary>Standard error as a terminal; null when it is none.</summary>
    public TextWriter? ErrorTerminal { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The source of SIGHUPs; null for none.</summary>
    public Hangups? Hangups { get; init; }

    public string Out => OutWriter.ToString();

    public string Error => _error.ToString();

    public IReadOnlyList<JsonElement> Lines =>
        [.. Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    /// <summary>
    /// Policies without feelers and without a peer of one more network: these come at random times, so the number of peers would be unknown.
    /// </summary>
    public static PeerPolicies Calm { get; } = new() { FeelerInterval = null, ExtraNetworkInterval = null };

    /// <summary>Creates a sandbox whose hosts answer at once, by default all of them by IPv4.</summary>
    public static NetworkWorld FastSandbox(double deadShare = 0, double hostileShare = 0, double ipv6Share = 0) => NetworkWorld.FromSandbox(new SandboxNetwork(new()
    {
        Peers = 64,
        IPv6Share = ipv6Share,
        DeadShare = deadShare,
        SlowShare = 0,
        ResettingShare = 0,
        SilentShare = 0,
        RestlessShare = 0,
        HostileShare = hostileShare,
        Latency = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2)),
    }), Calm);

    public Task<int> RunAsync(params string[] args) => RunAsync(TestContext.Current.CancellationToken, args);

    public Task<int> RunAsync(CancellationToken stop, params string[] args) => new ToolApp(Environment).RunAsync(args, stop);

    /// <summary>The environment of the command.</summary>
    public ToolEnvironment Environment => new()
    {
        Out = OutWriter,
        Error = _error,
        Terminal = Terminal,
        Variables = Variables,
        TimeProvider = TimeProvider,
        OnHangup = Hangups is null ? null : Hangups.Register,
        Width = Width,
        ErrorTerminal = ErrorTerminal,
        OpenWorld = (name, time) => name == NetworkName.Sandbox ? World() : NetworkWorld.Open(name, time),
    };
}
