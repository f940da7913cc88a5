using System.Diagnostics.Metrics;

namespace Connmgr;

/// <summary>A meter factory of a test's own, and all that is measured with its meters, by series: an instrument with one set of tags. Thread-safe.</summary>
internal sealed class MeterRecorder : IMeterFactory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Meter> _meters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Instrument> _instruments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    /// <summary>Begins to listen, unless told to wait for <see cref="Listen"/>.</summary>
    public MeterRecorder(bool listens = true)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            lock (_lock)
            {
                if (!_meters.ContainsValue(instrument.Meter))
                    return;
                _instruments.Add(instrument.Name, instrument); // Twice the same would be one too many.
            }

            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        if (listens)
            Listen();
    }

    /// <summary>The instruments by name.</summary>
    public IReadOnlyDictionary<string, Instrument> Instruments
    {
        get
        {
            lock (_lock)
                return _instruments.ToDictionary(StringComparer.Ordinal);
        }
    }

    /// <summary>Every series that was measured; those of observed instruments as of the last <see cref="Collect"/>.</summary>
    public IReadOnlyList<Series> All
    {
        get
        {
            lock (_lock)
                return [.. _series.Values.Select(static series => series with { })];
        }
    }

    public Meter Create(MeterOptions options)
    {
        lock (_lock)
        {
            if (_meters.TryGetValue(options.Name, out var known))
                return known;
            return _meters[options.Name] = new Meter(options.Name, options.Version, tags: null, scope: this);
        }
    }

    public void Listen() => _listener.Start();

    /// <summary>Asks the observed instruments.</summary>
    public MeterRecorder Collect()
    {
        lock (_lock)
        {
            foreach (var (key, _) in _series.Where(static series => series.Value.Instrument.IsObservable).ToList())
                _series.Remove(key);
        }

        _listener.RecordObservableInstruments();
        return this;
    }

    /// <summary>The sum over all series of an instrument that have these tags.</summary>
    public double Sum(string instrument, params (string Key, string Value)[] tags) => Matching(instrument, tags).Sum(static series => series.Sum);

    /// <summary>The number of measurements.</summary>
    public int Count(string instrument, params (string Key, string Value)[] tags) => Matching(instrument, tags).Sum(static series => series.Count);

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters.Values)
            meter.Dispose();
    }

    private IEnumerable<Series> Matching(string instrument, (string Key, string Value)[] tags) => All.Where(series =>
        string.Equals(series.Instrument.Name, instrument, StringComparison.Ordinal)
        && tags.All(tag => series.Tags.TryGetValue(tag.Key, out var value) && string.Equals(value, tag.Value, StringComparison.Ordinal)));

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var sorted = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (key, tag) in tags)
            sorted.Add(key, tag as string ?? throw new InvalidOperationException($"The tag {key} of {instrument.Name} is no string: {tag}."));
        var name = $"{instrument.Name} {string.Join(' ', sorted)}";
        lock (_lock)
        {
            if (!_series.TryGetValue(name, out var series))
                _series[name] = series = new Series(instrument, sorted, 0, 0);
            else if (instrument.IsObservable)
                throw new InvalidOperationException($"One series was observed twice: {name}.");
            _series[name] = series with { Sum = series.Sum + value, Count = series.Count + 1 };
        }
    }

    /// <summary>An instrument with one set of tags, the sum and the number of what was measured.</summary>
    public sealed record Series(Instrument Instrument, IReadOnlyDictionary<string, string?> Tags, double Sum, int Count);
}
