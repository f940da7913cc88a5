namespace Connmgr;

/// <summary>
/// How many dials, handshakes and connections there are, by kind and network. Kept whether anybody listens or not, for it costs a store: so
/// who begins to listen late sees what is, and nothing is ever counted out that was not counted in. Changed by the loop alone; any thread
/// may read.
/// </summary>
internal sealed class LinkPopulation
{
    private const int Kinds = (int)ConnectionKind.Inbound + 1;
    private const int Stages = (int)LinkStage.Established + 1;

    private readonly int[] _counts = new int[Kinds * Stages * NetworkWords.Count];
    private readonly bool[] _wereMet = new bool[Kinds * Stages * NetworkWords.Count];
    private int _total;

    /// <summary>All of them.</summary>
    public int Total => Volatile.Read(ref _total);

    public int Of(ConnectionKind kind, LinkStage stage, NetworkWord network) => Volatile.Read(ref _counts[IndexOf(kind, stage, network)]);

    /// <summary>Whether there has ever been one.</summary>
    public bool WasMet(ConnectionKind kind, LinkStage stage, NetworkWord network) => Volatile.Read(ref _wereMet[IndexOf(kind, stage, network)]);

    /// <summary>Counts one stage out and another in; <see cref="LinkStage.None"/> is nothing.</summary>
    public void Move(ConnectionKind kind, NetworkWord network, LinkStage from, LinkStage to)
    {
        Add(kind, from, network, -1);
        Add(kind, to, network, 1);
    }

    private void Add(ConnectionKind kind, LinkStage stage, NetworkWord network, int one)
    {
        if (stage == LinkStage.None)
            return;
        var index = IndexOf(kind, stage, network);
        ref var count = ref _counts[index];
        Volatile.Write(ref count, count + one);
        Volatile.Write(ref _wereMet[index], true);
        Volatile.Write(ref _total, _total + one);
    }

    private static int IndexOf(ConnectionKind kind, LinkStage stage, NetworkWord network) =>
        ((((int)kind * Stages) + (int)stage) * NetworkWords.Count) + (int)network;
}
