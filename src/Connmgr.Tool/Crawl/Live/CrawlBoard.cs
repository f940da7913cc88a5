using System.Collections.Immutable;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// Counts what this process finds in the round, and keeps the last rounds and notices, for the dashboard. Bounded, however many different texts
/// nodes send. Thread-safe.
/// </summary>
internal sealed class CrawlBoard(TimeProvider time)
{
    private const int MostAgents = 1000;
    private const int MostRounds = 100;
    private const int MostNotices = 20;

    private readonly Lock _lock = new();

    // Guarded by _lock. The counts are those of _round.
    private readonly Dictionary<AddressNetwork, (long Visits, long Reached)> _networks = [];
    private readonly Dictionary<string, int> _agents = new(StringComparer.Ordinal);
    private readonly Dictionary<(ConnectPhase Phase, ConnectFailureCause Cause), int> _failures = [];
    private readonly Queue<RoundItem> _rounds = [];
    private readonly Queue<CrawlNoticeItem> _notices = [];
    private long _round;

    /// <summary>Counts a visit. Those of an earlier round are forgotten.</summary>
    public void Add(CrawlVisit visit)
    {
        lock (_lock)
        {
            if (visit.Round > _round)
            {
                _round = visit.Round;
                _networks.Clear();
                _agents.Clear();
                _failures.Clear();
            }

            var (visits, reached) = _networks.GetValueOrDefault(visit.EndPoint.Address.Network);
            _networks[visit.EndPoint.Address.Network] = (visits + 1, reached + (visit.IsReachable ? 1 : 0));
            if (visit.Version is not { } version)
            {
                _failures[(visit.FailedPhase, visit.FailureCause)] = _failures.GetValueOrDefault((visit.FailedPhase, visit.FailureCause)) + 1;
                return;
            }

            var agent = SafeText.Line(version.UserAgent);
            if (_agents.Count >= MostAgents && !_agents.ContainsKey(agent))
                agent = SummaryRules.Other;
            _agents[agent] = _agents.GetValueOrDefault(agent) + 1;
        }
    }

    /// <summary>Adds a round that this process has ended.</summary>
    public void Add(CrawlRound round)
    {
        lock (_lock)
        {
            if (_rounds.Count == MostRounds)
                _rounds.Dequeue();
            _rounds.Enqueue(RoundItem.From(round));
        }
    }

    /// <summary>Adds a sentence about what the user should know.</summary>
    public void AddNotice(string text)
    {
        var notice = new CrawlNoticeItem(EventJson.Time(time.GetUtcNow()), SafeText.Line(text, SafeText.MaxNoticeLength));
        lock (_lock)
        {
            if (_notices.Count == MostNotices)
                _notices.Dequeue();
            _notices.Enqueue(notice);
        }
    }

    /// <summary>Gets what is counted and kept.</summary>
    public CrawlBoardItems Get()
    {
        lock (_lock)
        {
            return new(
                [.. _networks.OrderBy(static pair => pair.Key).Select(static pair => new NetworkVisitsItem(pair.Key.ToWord(), pair.Value.Visits, pair.Value.Reached))],
                Rank(_agents, static name => name),
                Rank(_failures, static key => $"{Names.Get(key.Phase)} {Names.Get(key.Cause)}"),
                [.. _rounds.Reverse()],
                [.. _notices.Reverse()]);
        }
    }

    private static ImmutableArray<CountItem> Rank<T>(Dictionary<T, int> counts, Func<T, string> getName)
        where T : notnull
    {
        var all = counts.Select(pair => new CountItem(getName(pair.Key), pair.Value))
            .OrderByDescending(static item => item.Count).ThenBy(static item => item.Name, StringComparer.Ordinal).ToArray();
        return all.Length <= SummaryRules.MaxNames
            ? [.. all]
            : [.. all.Take(SummaryRules.MaxNames), new CountItem(SummaryRules.Other, all.Skip(SummaryRules.MaxNames).Sum(static item => item.Count))];
    }
}

/// <summary>The content of a <see cref="CrawlBoard"/>. Immutable.</summary>
/// <param name="Networks">The visits of the round by network.</param>
/// <param name="UserAgents">The nodes of the round by user agent, the most frequent first.</param>
/// <param name="Failures">The failed visits of the round by phase and cause, the most frequent first.</param>
/// <param name="Rounds">The rounds, the last first.</param>
/// <param name="Notices">The notices, the last first.</param>
internal sealed record CrawlBoardItems(
    ImmutableArray<NetworkVisitsItem> Networks,
    ImmutableArray<CountItem> UserAgents,
    ImmutableArray<CountItem> Failures,
    ImmutableArray<RoundItem> Rounds,
    ImmutableArray<CrawlNoticeItem> Notices);
