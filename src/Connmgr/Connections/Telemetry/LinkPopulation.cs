using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// The numbers of dials, handshakes and connections, by kind and network. Kept even without a listener, because that costs only a store: a
/// late listener sees the current numbers, and the counts stay balanced. Changed by the loop only; any thread may read.
/// </summary>
internal sealed class LinkPopulation
{
    private const int Kinds = (int)ConnectionKind.Trial + 1;
    private const int Phases = (int)LinkPhase.Established + 1;

    private readonly int[] _counts = new int[Kinds * Phases * NetworkWords.Count];
    private readonly bool[] _wereMet = new bool[Kinds * Phases * NetworkWords.Count];
    private int _total;

    /// <summary>The number of all links.</summary>
    public int Total => Volatile.Read(ref _total);

    public int GetCount(ConnectionKind kind, LinkPhase phase, NetworkWord network) => Volatile.Read(ref _counts[IndexOf(kind, phase, network)]);

    /// <summary>Determines whether there has ever been such a link.</summary>
    public bool HasOccurred(ConnectionKind kind, LinkPhase phase, NetworkWord network) => Volatile.Read(ref _wereMet[IndexOf(kind, phase, network)]);

    /// <summary>Moves a link from one phase to another in the counts. Links that have not started or have ended are not counted.</summary>
    public void Move(ConnectionKind kind, NetworkWord network, LinkPhase from, LinkPhase to)
    {
        Add(kind, from, network, -1);
        Add(kind, to, network, 1);
    }

    private void Add(ConnectionKind kind, LinkPhase phase, NetworkWord network, int one)
    {
        if (phase is LinkPhase.None or LinkPhase.Ended)
            return;
        var index = IndexOf(kind, phase, network);
        ref var count = ref _counts[index];
        Volatile.Write(ref count, count + one);
        Volatile.Write(ref _wereMet[index], true);
        Volatile.Write(ref _total, _total + one);
    }

    private static int IndexOf(ConnectionKind kind, LinkPhase phase, NetworkWord network) =>
        ((((int)kind * Phases) + (int)phase) * NetworkWords.Count) + (int)network;
}
