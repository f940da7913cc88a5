using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// How many dials, handshakes and connections there are, by kind and network. Kept whether anybody listens or not, for it costs a store: so
/// who begins to listen late sees what is, and nothing is ever counted out that was not counted in. Changed by the loop alone; any thread
/// may read.
/// </summary>
internal sealed class LinkPopulation
{
    private const int Kinds = (int)ConnectionKind.Inbound + 1;
    private const int Phases = (int)LinkPhase.Established + 1;

    private readonly int[] _counts = new int[Kinds * Phases * NetworkWords.Count];
    private readonly bool[] _wereMet = new bool[Kinds * Phases * NetworkWords.Count];
    private int _total;

    /// <summary>All of them.</summary>
    public int Total => Volatile.Read(ref _total);

    public int Of(ConnectionKind kind, LinkPhase phase, NetworkWord network) => Volatile.Read(ref _counts[IndexOf(kind, phase, network)]);

    /// <summary>Whether there has ever been one.</summary>
    public bool WasMet(ConnectionKind kind, LinkPhase phase, NetworkWord network) => Volatile.Read(ref _wereMet[IndexOf(kind, phase, network)]);

    /// <summary>Counts a link out of one phase and into another. Those not begun, and those that have ended, are not counted.</summary>
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
