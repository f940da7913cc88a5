using Connmgr.Bitcoin;
using Connmgr.Fleet;

namespace Connmgr.Tool;

/// <summary>The frontier of a crawl that is kept by the Redis of a fleet. The folder has the results of this process alone.</summary>
internal sealed class FleetFrontier : IAsyncDisposable
{
    private readonly FleetConnection _fleet;
    private readonly FileStream? _folderLock;

    private FleetFrontier(FleetConnection fleet, FileStream? folderLock, RedisFrontier frontier) => (_fleet, _folderLock, Frontier) = (fleet, folderLock, frontier);

    /// <summary>The frontier.</summary>
    public RedisFrontier Frontier { get; }

    /// <summary>The claims of addresses, which keep others of the fleet from what is being visited.</summary>
    public AddressClaims Claims => _fleet.Claims;

    /// <summary>Joins the fleet as soon as Redis answers.</summary>
    /// <param name="settings">The fleet.</param>
    /// <param name="folder">The folder of the results; null for none.</param>
    /// <param name="chain">The chain.</param>
    /// <param name="options">The options of the frontier.</param>
    /// <param name="notify">Receives what the user must know about the fleet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ToolException">Redis can't be used, or another crawl uses the folder.</exception>
    public static async Task<FleetFrontier> OpenAsync(
        FleetSettings settings, string? folder, ChainParameters chain, FrontierOptions options, Action<string> notify, CancellationToken cancellationToken)
    {
        var taken = folder is null ? null : CrawlState.Lock(folder);
        try
        {
            var fleet = await settings.JoinWhenItAnswersAsync(options.TimeProvider, notify, cancellationToken).ConfigureAwait(false);
            return new(fleet, taken, new RedisFrontier(fleet, options, chain.Name));
        }
        catch
        {
            if (taken is not null)
                await taken.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _fleet.DisposeAsync().ConfigureAwait(false);
        if (_folderLock is not null)
            await _folderLock.DisposeAsync().ConfigureAwait(false);
    }
}
