using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>
/// The rate limit of one source: at most <paramref name="Burst"/> times at once, and <paramref name="PerSecond"/> times a second in the
/// long run.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AcceptRate(double PerSecond, int Burst)
{
    public bool IsUnlimited => !double.IsFinite(PerSecond);
}

/// <summary>
/// A token bucket for each recent source of inbound connections. A bucket that is full again carries no information and is forgotten;
/// beyond <see cref="Capacity"/> the least recently used one is forgotten too. Nothing is allocated once it has grown.
/// </summary>
internal sealed class AcceptBuckets
{
    /// <summary>10,000, as in dcrd; some 600 kB.</summary>
    public const int Capacity = 10_000;

    private const int None = -1;

    private readonly Dictionary<SourcePrefix, int> _places = [];
    private Entry[] _entries = new Entry[16];

    /// <summary>The number of entries that have ever been used.</summary>
    private int _used;

    /// <summary>The first of the forgotten entries, linked by their Newer.</summary>
    private int _free = None;
    private int _newest = None;
    private int _oldest = None;

    public int Count => _places.Count;

    public bool HasToken(SourcePrefix source, AcceptRate rate, TimeSpan now) =>
        !_places.TryGetValue(source, out var place) || UsedAt(_entries[place], rate, now) + 1 <= rate.Burst;

    public void Take(SourcePrefix source, AcceptRate rate, TimeSpan now)
    {
        if (_places.TryGetValue(source, out var place))
            Unlink(place);
        else
        {
            ForgetFull(rate, now);
            place = Place(source);
        }

        ref var entry = ref _entries[place];
        (entry.Used, entry.At) = (UsedAt(entry, rate, now) + 1, now);
        LinkAsNewest(place);
    }

    /// <summary>Returns one token.</summary>
    public void GiveBack(SourcePrefix source, AcceptRate rate, TimeSpan now)
    {
        if (!_places.TryGetValue(source, out var place))
            return;
        ref var entry = ref _entries[place];
        (entry.Used, entry.At) = (Math.Max(0, UsedAt(entry, rate, now) - 1), now);
    }

    private static double UsedAt(in Entry entry, AcceptRate rate, TimeSpan now) => Math.Max(0, entry.Used - (now - entry.At).TotalSeconds * rate.PerSecond);

    /// <summary>Forgets the two oldest if they are full again, so that the number falls soon and no call takes long.</summary>
    private void ForgetFull(AcceptRate rate, TimeSpan now)
    {
        for (var i = 0; i < 2 && _oldest != None && UsedAt(_entries[_oldest], rate, now) == 0; i++)
            ForgetOldest();
        if (_places.Count == Capacity)
            ForgetOldest();
    }

    private void ForgetOldest()
    {
        var place = _oldest;
        Unlink(place);
        _places.Remove(_entries[place].Source);
        _entries[place].Newer = _free;
        _free = place;
    }

    private int Place(SourcePrefix source)
    {
        int place;
        if (_free != None)
            (place, _free) = (_free, _entries[_free].Newer);
        else
        {
            if (_used == _entries.Length)
                Array.Resize(ref _entries, Math.Min(_used * 2, Capacity));
            place = _used++;
        }

        _entries[place] = new Entry { Source = source };
        _places.Add(source, place);
        return place;
    }

    private void LinkAsNewest(int place)
    {
        (_entries[place].Older, _entries[place].Newer) = (_newest, None);
        if (_newest == None)
            _oldest = place;
        else
            _entries[_newest].Newer = place;
        _newest = place;
    }

    private void Unlink(int place)
    {
        var (older, newer) = (_entries[place].Older, _entries[place].Newer);
        if (older == None)
            _oldest = newer;
        else
            _entries[older].Newer = newer;
        if (newer == None)
            _newest = older;
        else
            _entries[newer].Older = older;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Entry
    {
        public SourcePrefix Source;
        public double Used;
        public TimeSpan At;
        public int Older;
        public int Newer;
    }
}
