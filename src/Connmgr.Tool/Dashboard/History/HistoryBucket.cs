namespace Connmgr.Tool;

/// <summary>Counts the events of one interval. Its size does not depend on peers. Not thread-safe.</summary>
internal sealed class HistoryBucket
{
    private const int MaxDurations = 256;

    private readonly SortedDictionary<ConnectFailureCause, int> _failed = [];
    private readonly List<double> _durations = [];
    private int _connected;
    private int _disconnected;
    private int _givenUp;
    private int _dials;
    private long _refused;

    /// <summary>Counts an event.</summary>
    public void Add(ConnectionEvent happened)
    {
        switch (happened)
        {
            case ConnectionEstablished:
                _connected++;
                break;
            case ConnectionClosed:
                _disconnected++;
                break;
            case AttemptFailed { Outcome.Cause: var cause } when RunTally.IsOurs(cause):
                _givenUp++;
                break;
            case AttemptFailed { Outcome.Cause: var cause }:
                _failed[cause] = _failed.GetValueOrDefault(cause) + 1;
                break;
            case InboundRefused { Suppressed: var suppressed }:
                _refused += 1 + suppressed;
                break;
            default:
                break; // Not part of a chart.
        }
    }

    /// <summary>Adds the time from the start of a dial to the end of its handshake. Keeps the last ones if there are many.</summary>
    public void AddDuration(double milliseconds)
    {
        if (_durations.Count < MaxDurations)
            _durations.Add(milliseconds);
        else
            _durations[_dials % MaxDurations] = milliseconds;
        _dials++;
    }

    /// <summary>Ends the interval, and starts the next one.</summary>
    /// <param name="now">The state of the run at the end of the interval.</param>
    public HistoryPoint Close(HistoryGauge now)
    {
        _durations.Sort();
        var point = new HistoryPoint
        {
            Time = now.Time.ToUnixTimeMilliseconds(),
            Automatic = now.Automatic,
            Target = now.Target,
            Permanent = now.Permanent,
            Inbound = now.Inbound,
            Dialing = now.Dialing,
            Addresses = now.Addresses,
            Connected = _connected,
            Disconnected = _disconnected,
            Failed = _failed.ToDictionary(count => Names.Get(count.Key), count => count.Value, StringComparer.Ordinal),
            GivenUp = _givenUp,
            Refused = _refused,
            ConnectMedian = Quantile(0.5),
            ConnectNinth = Quantile(0.9),
            PingMedian = now.PingMedian,
        };
        (_connected, _disconnected, _givenUp, _dials, _refused) = (0, 0, 0, 0, 0);
        _failed.Clear();
        _durations.Clear();
        return point;
    }

    /// <summary>Gets the nearest-rank quantile of the sorted durations.</summary>
    private double? Quantile(double share) =>
        _durations.Count == 0 ? null : Math.Round(_durations[(int)Math.Ceiling(share * _durations.Count) - 1], 3);
}
