using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>Gives a frontier without addresses the first ones.</summary>
internal sealed class CrawlSeeding(NetworkCrawlerOptions options, FrontierLink link, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly AddressFilter _filter = new(options.Networks, options.AllowPrivateAddresses);

    /// <summary>Adds the addresses of the options, and those of DNS seeds until there is one.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await AddAsync([.. options.StartAddresses.Select(static endPoint => new PeerAddress(endPoint, 0, default))], isNamed: true, cancellationToken).ConfigureAwait(false);
        while (!await HasAddressesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (options.UseDnsSeeds)
                await AskSeedsAsync(cancellationToken).ConfigureAwait(false);
            if (await HasAddressesAsync(cancellationToken).ConfigureAwait(false))
                return; // Not of this call alone: another process may have added the same ones first.
            CrawlLog.NoAddresses(logger, Pause);
            await Task.Delay(Pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> HasAddressesAsync(CancellationToken cancellationToken) =>
        (await link.CallAsync(static (frontier, token) => frontier.GetStatusAsync(token), cancellationToken).ConfigureAwait(false)).Addresses > 0;

    private async Task AskSeedsAsync(CancellationToken cancellationToken)
    {
        var seeder = new DnsSeeder(options.Chain!, new()
        {
            Lookup = options.Lookup,
            TimeProvider = options.TimeProvider,
            Random = options.Random,
            LoggerFactory = options.LoggerFactory,
            MeterFactory = options.MeterFactory,
            InstanceName = options.InstanceName,
        });
        await seeder.SeedAsync(
            requiredServices: 0,
            async (_, addresses, token) => await AddAsync([.. addresses], isNamed: false, token).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<int> AddAsync(List<PeerAddress> addresses, bool isNamed, CancellationToken cancellationToken)
    {
        var taken = new List<PeerAddress>(addresses.Count);
        foreach (var address in addresses)
        {
            if (_filter.TryTake(address, out var each) || isNamed) // The user knows.
                taken.Add(each);
        }

        return taken.Count == 0 ? default : link.CallAsync((frontier, token) => frontier.AddAsync(taken.ToArray(), token), cancellationToken);
    }
}
