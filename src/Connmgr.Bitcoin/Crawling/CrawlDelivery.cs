using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Takes finished visits to the frontier and to the program, in batches: whatever has finished while the batch before was under way. Adds
/// the addresses that a visit found before its result, so a round never ends between the two.
/// </summary>
internal sealed class CrawlDelivery(NetworkCrawlerOptions options, FrontierLink link, LeaseKeeper keeper, CrawlMetrics metrics, ILogger logger)
{
    private const int MostAtOnce = 256;

    // Bounded by the number of visits at one time: they count until they are delivered.
    private readonly Channel<Finished> _finished = Channel.CreateUnbounded<Finished>(new() { SingleReader = true });
    private long _visits; // The counters are written by the loop alone.
    private long _reached;
    private long _abandoned;

    /// <summary>The number of visits that were accepted.</summary>
    public long Visits => Interlocked.Read(ref _visits);

    /// <summary>The number of those that reached their node.</summary>
    public long Reached => Interlocked.Read(ref _reached);

    /// <summary>The number of visits without effect.</summary>
    public long Abandoned => Interlocked.Read(ref _abandoned);

    /// <summary>Hands a visit over.</summary>
    /// <param name="active">The visit.</param>
    /// <param name="visit">Its outcome; null when it was cut short.</param>
    public void Post(ActiveVisit active, CrawlVisit? visit) => _finished.Writer.TryWrite(new(active, visit));

    /// <summary>Ends the loop once it has delivered everything.</summary>
    public void Complete() => _finished.Writer.TryComplete();

    /// <summary>Delivers visits until <see cref="Complete"/> is called.</summary>
    /// <param name="onDelivered">The callback after each batch.</param>
    /// <param name="cancellationToken">Gives up the rest, whose leases then expire.</param>
    public async Task RunAsync(Action onDelivered, CancellationToken cancellationToken)
    {
        var batch = new List<Finished>(MostAtOnce);
        while (await _finished.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (batch.Count < MostAtOnce && _finished.Reader.TryRead(out var finished))
                batch.Add(finished);
            await DeliverAsync(batch, cancellationToken).ConfigureAwait(false);
            foreach (var (active, _) in batch)
            {
                keeper.Remove(active);
                active.Dispose();
            }

            batch.Clear();
            onDelivered();
        }
    }

    private async Task DeliverAsync(List<Finished> batch, CancellationToken cancellationToken)
    {
        var done = batch.FindAll(static each => each.Visit is not null);
        for (var i = 0; i < done.Count; i++)
        {
            if (done[i].Visit is { Addresses.IsEmpty: false } visit)
            {
                var added = await link.CallAsync((frontier, token) => frontier.AddAsync(visit.Addresses.AsMemory(), token), cancellationToken).ConfigureAwait(false);
                done[i] = done[i] with { Visit = visit with { NewAddresses = added } };
            }
        }

        if (done.Count > 0)
        {
            var results = done.ConvertAll(CreateResult).ToArray();
            var accepted = await link.CallAsync((frontier, token) => frontier.CompleteAsync(results, token), cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < accepted.Length; i++)
            {
                if (accepted[i])
                    await AcceptAsync(done[i].Visit!, cancellationToken).ConfigureAwait(false);
                else
                    Lose(done[i]);
            }
        }

        if (done.Count == batch.Count)
            return;
        var leases = batch.FindAll(static each => each.Visit is null).ConvertAll(static each => each.Active.Lease).ToArray();
        Interlocked.Add(ref _abandoned, leases.Length);
        await link.CallAsync(
            async (frontier, token) =>
            {
                await frontier.ReleaseAsync(leases, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private FrontierResult CreateResult(Finished finished)
    {
        var visit = finished.Visit!;
        return !visit.IsReachable ? new(finished.Active.Lease, IsReachable: false) : new(finished.Active.Lease, IsReachable: true)
        {
            Services = (ulong)visit.Version!.Services,
            Record = options.CreateRecord?.Invoke(visit) ?? default,
        };
    }

    private ValueTask AcceptAsync(CrawlVisit visit, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _visits);
        if (visit.IsReachable)
            Interlocked.Increment(ref _reached);
        metrics.Visited(visit);
        return options.OnVisit?.Invoke(visit, cancellationToken) ?? ValueTask.CompletedTask;
    }

    private void Lose(Finished finished)
    {
        Interlocked.Increment(ref _abandoned);
        CrawlLog.LeaseLost(logger, finished.Active.Lease.EndPoint);
    }

    private readonly record struct Finished(ActiveVisit Active, CrawlVisit? Visit);
}
