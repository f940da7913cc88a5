namespace Connmgr.Tool;

/// <summary>Counts the events of a run. Its size depends on nothing that a peer does. Not thread-safe.</summary>
internal sealed class RunTally
{
    private readonly SortedDictionary<ConnectFailureCause, long> _failed = [];
    private readonly Dictionary<long, AttemptOutcome> _permanentFailures = [];

    public long Dials { get; private set; }

    public long Connected { get; private set; }

    public long Disconnected { get; private set; }

    public long InboundRefused { get; private set; }

    /// <summary>Attempts that were given up because of us: dials that others overtook, above all.</summary>
    public long Canceled { get; private set; }

    /// <summary>Events that came too fast to be counted.</summary>
    public long Dropped { get; private set; }

    /// <summary>Attempts that failed, by cause.</summary>
    public IReadOnlyDictionary<ConnectFailureCause, long> Failed => _failed;

    public long FailedTotal => _failed.Values.Sum();

    /// <summary>
    /// Tells whether an attempt ended without a fault of the network or the peer: we gave it up, above all as another dial was faster, or the
    /// peer tried a transport that is not spoken here before the one that is.
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
                InboundRefused += 1 + refused.Untold;
                break;
            case EventsDropped { Count: var count }:
                Dropped += count;
                break;
            default:
                break; // Not counted.
        }
    }

    /// <summary>How the last attempt of a permanent request failed; null when none did.</summary>
    public AttemptOutcome? LastFailure(long requestId) => _permanentFailures.TryGetValue(requestId, out var outcome) ? outcome : null;

    /// <summary>The failed attempts in words.</summary>
    /// <returns>For example <c>12 timeout, 3 refused</c>; empty when there are none.</returns>
    public string DescribeFailed() => Describe(_failed);

    /// <summary>Counts by cause in words, the greatest first.</summary>
    public static string Describe(IEnumerable<KeyValuePair<ConnectFailureCause, long>> counts) =>
        string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Value} {Names.Of(count.Key)}"));
}
