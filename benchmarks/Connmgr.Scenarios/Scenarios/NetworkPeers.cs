using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Connmgr.Bitcoin;

namespace Connmgr.Scenarios;

/// <summary>
/// 1,000 outbound peers of a <see cref="PeerNetwork"/> over loopback, whose other ends are another process: the memory of each at rest, and the processor time and bytes of a
/// message that comes alone: one for the handler, and a ping with its pong.
/// </summary>
internal static class NetworkPeers
{
    private const int Target = 1000;
    private const int WarmUp = 100;
    private const int Messages = 20;

    public static IEnumerable<Scenario> All => [new("network_1000", 5, MeasureAsync) { WarmUps = 0, HasProcessPerRun = true, Note = "dial-bucket=lifted,v1" }];

    private static async Task MeasureAsync(ScenarioRun run)
    {
        await using var stubs = ProgramProcess.StartRole(BitcoinStubsRole.Name, "0");
        var port = int.Parse((await stubs.ReadLineAsync()).Split(' ')[1], CultureInfo.InvariantCulture);
        var world = new World(port);
        await using (var warmUp = world.NewNetwork(WarmUp, NewBook(2 * WarmUp)))
        {
            await FillAsync(warmUp);
            await world.SendAsync(stubs, "inv", WarmUp);
            await world.SendAsync(stubs, "ping", WarmUp);
        }

        var book = NewBook(2 * Target);
        var before = Footprint.Take();
        await using var network = world.NewNetwork(Target, book);
        await FillAsync(network);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System); // Until the greetings have been said.
        var after = Footprint.Take();
        run.Add((double)(after.Resident - before.Resident) / Target, "B/peer");
        run.Add("heap", (double)(after.Heap - before.Heap) / Target, "B/peer");
        foreach (var command in (string[])["inv", "ping"])
        {
            await world.SendAsync(stubs, command, Target); // Compiles the code.
            var cost = await world.SendAsync(stubs, command, Target);
            run.Add($"{command}_cpu", cost.Cpu.TotalMicroseconds / (Target * Messages), "us/message");
            run.Add($"{command}_bytes", (double)cost.Bytes / (Target * Messages), "B/message");
        }
    }

    private static async Task FillAsync(PeerNetwork network)
    {
        await network.StartAsync();
        await network.WhenFullAsync();
    }

    private static AddressBook NewBook(int count)
    {
        var book = new AddressBook(); // Each address in its own netgroup: the book has few places for a single one.
        for (var number = 0; number < count; number++)
        {
            if (NetworkEndPoint.TryFromEndPoint(NumberedAddresses.GetEndPoint(number << 8), out var endPoint))
                book.Add(new PeerAddress(endPoint, (ulong)(NodeServices.Network | NodeServices.Witness), TimeProvider.System.GetUtcNow()), endPoint.Address);
        }

        return book;
    }

    /// <summary>The addresses of the peers, all of which lead to one process.</summary>
    private sealed class World(int port)
    {
        private long _handled;

        public PeerNetwork NewNetwork(int target, AddressBook book) => new(new()
        {
            Chain = ChainParameters.Regtest,
            TargetOutbound = target,
            Book = book,
            Dial = DialAsync,
            OnMessage = (_, _, _) =>
            {
                Interlocked.Increment(ref _handled);
                return default;
            },
            Policies = PeerPolicies.None,
            Protocol = new() { Chain = ChainParameters.Regtest, Transport = TransportPolicy.V1Only, RequiredServices = NodeServices.Network | NodeServices.Witness },
            Configure = static options =>
            {
                options.MaxOutboundPerNetgroup = int.MaxValue;
                options.DialBurst = int.MaxValue;
                options.DialsPerSecond = int.MaxValue;
            },
        });

        /// <summary>Lets each of a number of peers send messages, and waits until all are handled, or answered.</summary>
        public async Task<Cost> SendAsync(ProgramProcess stubs, string command, int peers)
        {
            var isHandled = string.Equals(command, "inv", StringComparison.Ordinal);
            var expected = Interlocked.Read(ref _handled) + (isHandled ? peers * Messages : 0);
            var meter = Meter.Start();
            await stubs.AskAsync(FormattableString.Invariant($"{command} {Messages}"));
            while (Interlocked.Read(ref _handled) < expected)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            return meter.Read();
        }

        private async ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true); // It gives no endpoints, so the dialled one counts.
        }
    }
}
