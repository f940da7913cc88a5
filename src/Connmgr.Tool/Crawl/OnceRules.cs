using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The rules of <c>--once</c> in a fleet. Pure.</summary>
internal static class OnceRules
{
    /// <summary>
    /// Determines whether a crawl of one round has nothing to do, because the fleet has just ended a round and nothing is due before the next. Where
    /// the clock of Redis is ahead, visits show that the round goes on.
    /// </summary>
    /// <param name="status">The counts of the frontier.</param>
    /// <param name="now">The time.</param>
    public static bool IsDone(FrontierStatus status, DateTimeOffset now) => status is { Round: > 1, Leased: 0, Completed: 0 } && status.RoundStart > now;
}
