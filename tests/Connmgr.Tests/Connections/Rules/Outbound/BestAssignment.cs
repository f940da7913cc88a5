namespace Connmgr.Tests.Connections.Rules;

/// <summary>The best assignment of connections to groups that holds all of them, found by trying all: the reference for the rules.</summary>
internal sealed class BestAssignment
{
    private readonly IReadOnlyList<uint> _fits;
    private readonly IReadOnlyList<int> _places;
    private readonly IReadOnlyList<int> _origins;
    private readonly bool _isAnyEnough;
    private readonly int[] _counts;

    private BestAssignment(IReadOnlyList<uint> fits, IReadOnlyList<int> places, IReadOnlyList<int> origins, bool isAnyEnough)
    {
        (_fits, _places, _origins, _isAnyEnough) = (fits, places, origins, isAnyEnough);
        _counts = new int[places.Count];
        Counts = new int[places.Count];
        Try(0, 0);
    }

    /// <summary>True when the connections have places together.</summary>
    public bool Exists { get; private set; }

    /// <summary>The connections of each group: the most in the first group, then in the second, and so on.</summary>
    public int[] Counts { get; private set; }

    /// <summary>The fewest moves with which these counts can be had.</summary>
    public int Moves { get; private set; }

    /// <summary>Finds the best assignment.</summary>
    /// <param name="fits">The groups whose requirements each connection meets, one bit each.</param>
    /// <param name="places">The places of each group.</param>
    /// <param name="origins">The group in which each connection was; -1 for one that was in none.</param>
    public static BestAssignment Find(IReadOnlyList<uint> fits, IReadOnlyList<int> places, IReadOnlyList<int> origins) => new(fits, places, origins, isAnyEnough: false);

    /// <summary>Determines whether connections have places together.</summary>
    public static bool CanHoldAll(IReadOnlyList<uint> fits, IReadOnlyList<int> places) => new BestAssignment(fits, places, [], isAnyEnough: true).Exists;

    private void Try(int index, int moves)
    {
        if (index == _fits.Count)
        {
            var order = _counts.AsSpan().SequenceCompareTo(Counts);
            if (!Exists || order > 0 || (order == 0 && moves < Moves))
            {
                (Exists, Moves) = (true, moves);
                _counts.CopyTo(Counts, 0);
            }

            return;
        }

        for (var group = 0; group < _places.Count; group++)
        {
            if ((_fits[index] & (1u << group)) == 0 || _counts[group] >= _places[group])
                continue;
            _counts[group]++;
            var isMove = !_isAnyEnough && _origins[index] >= 0 && _origins[index] != group;
            Try(index + 1, moves + (isMove ? 1 : 0));
            _counts[group]--;
            if (Exists && _isAnyEnough)
                return;
        }
    }
}
