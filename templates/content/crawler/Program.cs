#if (!sandbox)
using Connmgr;
#endif
using Connmgr.Bitcoin;
#if (sandbox)
using Connmgr.Testing;
#endif

using var end = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true; // Ends in an orderly way instead.
    end.Cancel();
};

#if (sandbox)
// A Bitcoin network in memory. For a real one: dotnet new connmgr-crawler --chain mainnet
await using var sandbox = new SandboxNetwork();
#endif
var programs = new Dictionary<string, int>();
var crawler = new NetworkCrawler(new()
{
#if (sandbox)
    Chain = SandboxNetwork.SeededChain,
    Dial = sandbox.DialAsync,
    Lookup = sandbox.LookupAsync,
#else
    Chain = ChainParameters.CHAIN_NAME,
#endif
    Protocol = new() { UserAgent = "/MyPeers:1.0/", Relay = false }, // Operators look here for who you are.
    MaxRounds = 1,
    OnVisit = (visit, _) => // One at a time.
    {
        if (visit.Version is { UserAgent: var program })
            programs[program] = programs.GetValueOrDefault(program) + 1;
        return ValueTask.CompletedTask;
    },
    OnRoundEnded = (round, _) =>
    {
        Console.WriteLine($"{round.Addresses} addresses: {round.Reached} nodes were reached");
        return ValueTask.CompletedTask;
    },
});
try
{
    await crawler.RunAsync(end.Token);
}
catch (OperationCanceledException)
{
    Console.WriteLine("stopped before the end");
}

foreach (var (program, count) in programs.OrderByDescending(static pair => pair.Value))
    Console.WriteLine($"{count,6} {program}");
