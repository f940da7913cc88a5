using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The checks of a network that the user asked for: its seeds are looked up, and some of its peers connected.</summary>
internal sealed class NetworkChecks : IAsyncDisposable
{
    private const int Target = 4;

    private static readonly TimeSpan NoticeableOffset = TimeSpan.FromMinutes(2);

    private readonly RunContext _context;
    private readonly TimeSpan _wait;

    private NetworkChecks(RunContext context, TimeSpan wait) => (_context, _wait) = (context, wait);

    /// <summary>Opens what the checks need. Nothing is sent yet.</summary>
    /// <param name="options">The options of the run. It does not listen, map ports, publish an onion service or write files.</param>
    /// <param name="wait">The time for peers to connect.</param>
    /// <param name="environment">The environment of the command.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <exception cref="ToolException">A file of the options can't be read.</exception>
    public static async Task<NetworkChecks> OpenAsync(RunOptions options, TimeSpan wait, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        var isNamed = !options.Connect.IsEmpty;
        var quiet = options with
        {
            Target = isNamed ? options.Target : Math.Min(options.WantedTarget, Target),
            Groups = [],
            Listen = [],
            ExternalAddresses = [],
            Discover = false,
            PortMapping = PortMappingMethod.Off,
            MaxInbound = 0,
            TorControl = null,
            TorPasswordFile = null,
            TorAllowPlainCookie = false,
            OnionTarget = null,
            I2PTransient = true,
            Dashboard = null,
            DataDirectory = null,
            Upgrade = false,
        };
        return new(await RunContext.OpenAsync(quiet, environment with { Error = TextWriter.Null }, cancellationToken).ConfigureAwait(false), wait);
    }

    /// <summary>Looks up the DNS seeds.</summary>
    public async Task<DoctorCheck> CheckSeedsAsync(CancellationToken cancellationToken)
    {
        const string name = "seeds";
        var chain = _context.Chain;
        if (chain.DnsSeeds.IsEmpty)
            return new(name, CheckStatus.Skipped, $"{chain.Name} has no DNS seeds, or they are off.");
        if (_context.Target == 0 || ((_context.Options.OnlyNetworks ?? AddressNetworks.All) & (AddressNetworks.IPv4 | AddressNetworks.IPv6)) == AddressNetworks.None)
            return new(name, CheckStatus.Skipped, "A run with these options asks no DNS seeds.");
        if (_context.Options.Proxies.NameProxy is not null)
            return new(name, CheckStatus.Skipped, "Names go to a proxy, so no seed was looked up here.");
        var seeder = new DnsSeeder(chain, new DnsSeederOptions { Lookup = _context.Lookup, TimeProvider = _context.TimeProvider });
        var result = await seeder.SeedAsync(chain.RequiredServices, cancellationToken: cancellationToken).ConfigureAwait(false);
        var silent = result.Seeds.Where(static seed => seed.Failure != DnsSeedFailure.None).Select(static seed => seed.Seed.Host).ToList();
        var text = Invariant($"{result.Seeds.Count - silent.Count} of {result.Seeds.Count} DNS seeds answered, with {result.AddressCount} addresses.");
        if (silent.Count == result.Seeds.Count)
            return new(name, CheckStatus.Problem, text, "Check the resolver and the connection to the internet; --dns-server names another server, --seed-node a peer to begin with.");
        return silent.Count == 0
            ? new(name, CheckStatus.Ok, text)
            : new(name, CheckStatus.Ok, $"{text} Without an answer: {string.Join(", ", silent)}.");
    }

    /// <summary>Connects to some peers, and compares the clock with theirs.</summary>
    public async Task<ImmutableArray<DoctorCheck>> CheckPeersAsync(CancellationToken cancellationToken)
    {
        const string name = "peers";
        var network = _context.CreateNetwork();
        await using var owned = network.ConfigureAwait(false);
        await network.StartAsync(cancellationToken).ConfigureAwait(false);
        using var timeout = new CancellationTokenSource(_wait, _context.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await network.WhenFullAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Some may have connected.
        }

        var now = _context.TimeProvider.GetUtcNow();
        var snapshot = await network.Connections.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var offsets = snapshot.Connections.Where(static each => each.Connection.UserState is BitcoinPeer)
            .Select(each => now - each.Age - DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(((BitcoinPeer)each.Connection.UserState!).Version.Timestamp, 0, uint.MaxValue))).Order().ToList();
        var wanted = _context.Target + _context.PermanentPeers.Length;
        var shortage = network.GetShortage(snapshot)?.Explanation;
        if (wanted == 0)
            return [new(name, CheckStatus.Skipped, "The options lead to no peer: there are no seeds, and no peer is named.")];
        var text = Invariant($"{offsets.Count} of {wanted} peers connected within {_wait.TotalSeconds:0} s.");
        var peers = offsets.Count >= wanted
            ? new DoctorCheck(name, CheckStatus.Ok, Invariant($"{offsets.Count} of {wanted} peers connected."))
            : new(
                name,
                offsets.Count == 0 ? CheckStatus.Problem : CheckStatus.Warning,
                shortage is null ? text : $"{text} {SafeText.Line(shortage, SafeText.MaxNoticeLength)}",
                "Check the firewall for outbound connections, or name a --proxy; --wait gives more time.");
        return offsets.Count == 0 ? [peers] : [peers, JudgeClock(offsets[offsets.Count / 2], offsets.Count)];
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    /// <summary>Judges the difference of the clock from those of peers.</summary>
    internal static DoctorCheck JudgeClock(TimeSpan offset, int peers)
    {
        var text = Invariant($"The clock is {offset.Duration():d\\.hh\\:mm\\:ss} {(offset > TimeSpan.Zero ? "ahead of" : "behind")} the median of {peers} peers.");
        var status = offset.Duration() > RunFacts.MaxClockOffset ? CheckStatus.Problem : offset.Duration() > NoticeableOffset ? CheckStatus.Warning : CheckStatus.Ok;
        return status == CheckStatus.Ok
            ? new("clock", status, "The clock agrees with those of the peers.")
            : new("clock", status, text, "Set the clock: a time service such as systemd-timesyncd keeps it right.");
    }
}
