namespace Connmgr.Tool;

/// <summary>
/// One <c>connmgr seed</c>: asks the seeds, writes each result as soon as it is known, and reports whether there are any addresses.
/// </summary>
internal sealed class SeedSession(SeedOptions options, ToolEnvironment environment)
{
    /// <summary>The most addresses of a seed: more than any seed gives. A run takes fewer, but here all of them are of interest.</summary>
    private const int MaxAddressesPerSeed = 10_000;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var lookup = await DnsServerOption.ToLookupAsync(options.DnsServer, environment.TimeProvider, cancellationToken).ConfigureAwait(false);
        var outcomes = await AskAsync(lookup, cancellationToken).ConfigureAwait(false);
        return outcomes.Exists(outcome => outcome.Failure == DnsSeedFailure.None) ? ExitCode.Success : throw new ToolException(Advice(outcomes));
    }

    private async Task<List<DnsSeedOutcome>> AskAsync(LookupFunc? lookup, CancellationToken cancellationToken)
    {
        var seeder = new DnsSeeder(options.Chain, new DnsSeederOptions
        {
            Lookup = lookup,
            LookupTimeout = options.Timeout,
            MaxAddressesPerSeed = MaxAddressesPerSeed,
            TimeProvider = environment.TimeProvider,
        });
        var output = new SeedOutput(environment.Out, options);
        var outcomes = new List<DnsSeedOutcome>();
        var answered = 0;
        using var progress = new ProgressLine(environment, elapsed =>
            $"{Volatile.Read(ref answered)} of {options.Chain.DnsSeeds.Length} DNS seeds have answered, {elapsed.TotalSeconds:0} of at most {options.Timeout.TotalSeconds:0} s ...");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var asking = options.Chain.DnsSeeds.Select(seed => seeder.AskAsync(seed, options.Services, stop.Token)).ToArray();
            await foreach (var asked in Task.WhenEach(asking).ConfigureAwait(false))
            {
                var outcome = await asked.ConfigureAwait(false);
                Interlocked.Increment(ref answered);
                progress.Clear();
                await output.WriteAsync(outcome).ConfigureAwait(false);
                outcomes.Add(outcome);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false); // The output is closed, or the user has cancelled: ask no more.
        }

        progress.Clear();
        await output.SummarizeAsync(outcomes).ConfigureAwait(false);
        return outcomes;
    }

    /// <summary>Suggests what may be wrong when no seed gives addresses.</summary>
    private string Advice(List<DnsSeedOutcome> outcomes)
    {
        var remedy = (options.Services, options.DnsServer) switch
        {
            (not 0, not null) =>
                $"Check that {options.DnsServer} is a name server that can find them. --services 0 looks up the plain names: some seeds have no others.",
            (not 0, null) => "Check the network. --services 0 looks up the plain names: some seeds have no others.",
            (_, not null) => $"Check that {options.DnsServer} is a name server that can find them.",
            _ => "Check the network. --dns-server HOST:PORT asks another name server than that of the system.",
        };
        return $"no address from {(outcomes.Count == 1 ? "the DNS seed" : $"any of {outcomes.Count} DNS seeds")}. {remedy}";
    }
}
