namespace Connmgr.Tool;

/// <summary>The health of a crawl. The property names are those of the JSON.</summary>
/// <param name="Status">
/// <c>healthy</c>: visits go on, or wait for the next round; <c>degraded</c>: there is no address to visit yet; <c>unhealthy</c>: the addresses
/// can't be reached, or nothing answers.
/// </param>
/// <param name="Reason">The reason, in one sentence.</param>
internal sealed record CrawlHealth(string Status, string Reason)
{
    /// <summary>Evaluates a view. Pure.</summary>
    public static CrawlHealth From(CrawlView view, DateTimeOffset now) => view switch
    {
        { Statistics.IsFrontierAvailable: false } => new(RunHealth.Unhealthy, "The addresses can't be reached, so no visits begin."),
        { Statistics.IsOutage: true } => new(RunHealth.Unhealthy, "Nothing answers: the network of this machine seems to be down, so visits pause."),
        { Status: null } => new(RunHealth.Degraded, "The crawl begins."),
        { Status.Addresses: 0 } => new(RunHealth.Degraded, "There is no address to begin with."),
        { Status: { } status } when status.RoundStart > now =>
            new(RunHealth.Healthy, $"Round {status.Round} begins in {ShortDuration.Format(status.RoundStart - now)}."),
        { Status: { } status } => new(RunHealth.Healthy, $"Round {status.Round} goes on."),
    };
}
