namespace Connmgr.Tool;

/// <summary>Counts the events of a run. Its size does not depend on peers. Not thread-safe.</summary>
internal sealed class RunTally
{
    private readonly SortedDictionary<ConnectFailureCause, long> _failed = [];
    private readonly Dictionary<long, AttemptOutcome> _permanentFailures = [];

    public long Dials { get; private set; }

    public long Connected { get; private set; }

    public long Disconnected { get; private set; }

    public long InboundRefused { get; private set; }

    /// <summary>The number of attempts that this program gave up, mostly because another one was faster.</summary>
    public long Canceled { get; private set; }

    /// <summary>The number of events that came too fast to be counted.</summary>
    public long Dropped { get; private set; }

    /// <summary>The numbers of attempts that failed, by cause.</summary>
    public IReadOnlyDictionary<ConnectFailureCause, long> Failed => _failed;

    public long FailedTotal => _failed.Values.Sum();

    /// <summary>
    /// Determines whether an attempt ended without a fault of the network or the peer: this program gave it up, mostly because another dial
    /// was faster, or the peer tried an unsupported transport before a supported one.
    /// </summary>
    public static bool IsOurs(ConnectFailureCause cause) =>
        cause is ConnectFailureCause.Canceled or ConnectFailureCause.Stopped or ConnectFailureCause.Superseded or ConnectFailureCause.UnsupportedTransport;

    public void Add(ConnectionEvent happened)
    {
        switch (happened)
        {
            case AttemptStarted:
                Dials++;
                break;
            case AttemptFailed { Outcome.Cause: var cause } when IsOurs(cause):
                Canceled++;
                break;
            case AttemptFailed { Outcome: var outcome } failed:
                _failed[outcome.Cause] = _failed.GetValueOrDefault(outcome.Cause) + 1;
                if (failed.Kind == ConnectionKind.Permanent)
                    _permanentFailures[outcome.RequestId] = outcome;
                break;
            case ConnectionEstablished:
                Connected++;
                break;
            case ConnectionClosed:
                Disconnected++;
                break;
            case Connmgr.InboundRefused refused:
                InboundRefused += 1 + refused.Suppressed;
                break;
            case EventsDropped { Count: var count }:
                Dropped += count;
                break;
            default:
                break; // Not counted.
        }
    }

    /// <summary>Gets the last failure of a permanent request; null when there is none.</summary>
    public AttemptOutcome? LastFailure(long requestId) => _permanentFailures.TryGetValue(requestId, out var outcome) ? outcome : null;

    /// <summary>Describes the failed attempts in words.</summary>
    /// <returns>For example <c>12 timeout, 3 refused</c>; empty when there are none.</returns>
    public string DescribeFailed() => Describe(_failed);

    /// <summary>Describes counts by cause in words, the greatest first.</summary>
    public static string Describe(IEnumerable<KeyValuePair<ConnectFailureCause, long>> counts) =>
        string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Value} {Names.Get(count.Key)}"));
}
