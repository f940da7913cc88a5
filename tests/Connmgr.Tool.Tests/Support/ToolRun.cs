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

    /// <summary>What takes standard output.</summary>
    public StringWriter OutWriter { get; init; } = new SharedWriter();

    public IAnsiConsole? Terminal { get; init; }

    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The columns of standard output.</summary>
    public int Width { get; init; } = 100;

    /// <summary>Standard error as a terminal; null when it is none.</summary>
    public TextWriter? ErrorTerminal { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where SIGHUPs come from; null for nowhere.</summary>
    public Hangups? Hangups { get; init; }

    public string Out => OutWriter.ToString();

    public string Error => _error.ToString();

    public IReadOnlyList<JsonElement> Lines =>
        [.. Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    /// <summary>
    /// Neither feelers nor a peer of one more network: these come at moments of chance, and nobody could say how many peers there are, and of what kind.
    /// </summary>
    public static PeerPolicies Calm { get; } = new() { FeelerInterval = null, ExtraNetworkInterval = null };

    /// <summary>A sandbox whose hosts answer at once, all of them by IPv4 unless said otherwise.</summary>
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

    /// <summary>What a command has of the world.</summary>
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
