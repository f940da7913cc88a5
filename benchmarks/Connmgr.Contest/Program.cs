using Connmgr.Contest;

// A contender of benchmarks/contest.sh: it reports its peers on standard output, until its standard input ends.
Func<PeerReport, Task<IAsyncDisposable>>? contender = args switch
{
    ["nodesgroup"] => static report => NodesGroupContender.StartAsync(report, areFiltersRequired: false),
    ["nodesgroup-filters"] => static report => NodesGroupContender.StartAsync(report, areFiltersRequired: true),
    ["connmgr"] => static report => ConnmgrContender.StartAsync(report, areFiltersRequired: false),
    ["connmgr-filters"] => static report => ConnmgrContender.StartAsync(report, areFiltersRequired: true),
    ["wallet"] => WalletContender.StartAsync,
    _ => null,
};
if (contender is null)
{
    await Console.Error.WriteLineAsync("usage: Connmgr.Contest CONTENDER, one of benchmarks/contest.sh");
    return 2;
}

await using (await contender(new PeerReport(Console.Out)))
{
    while (await Console.In.ReadLineAsync() is not null)
    {
        // Its input has no content.
    }
}

return 0;
