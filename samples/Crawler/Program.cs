using Connmgr;
using Connmgr.Bitcoin;
using Connmgr.Testing;

// Visits every node that it can find, each once, and counts their programs. With the argument "sandbox" it crawls a Bitcoin network in memory.
await using var sandbox = args is ["sandbox"] ? new SandboxNetwork() : null;
var programs = new Dictionary<string, int>(StringComparer.Ordinal);

// snippet: crawl
var crawler = new NetworkCrawler(new()
{
    Chain = sandbox is null ? ChainParameters.Mainnet : SandboxNetwork.SeededChain,
    Dial = sandbox is null ? null : sandbox.DialAsync,
    Lookup = sandbox is null ? null : sandbox.LookupAsync,
    Protocol = new() { UserAgent = "/crawler:1.0/", Relay = false }, // Operators look here for who you are.
    MaxRounds = 1,
    OnVisit = (visit, _) =>
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
await crawler.RunAsync();
// end

foreach (var (program, count) in programs.OrderByDescending(static pair => pair.Value))
    Console.WriteLine($"{count,6} {program}");
