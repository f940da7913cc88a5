using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>
/// The number of inbound connections of each source, and of unfinished handshakes among them. Contains only sources with connections, so it
/// is never larger than their number.
/// </summary>
internal sealed class SourceTable
{
    private readonly Dictionary<SourcePrefix, Counts> _counts = [];

    public int Count => _counts.Count;

    public int Connections(SourcePrefix source) => _counts.GetValueOrDefault(source).Connections;

    public int Handshakes(SourcePrefix source) => _counts.GetValueOrDefault(source).Handshakes;

    public void Add(SourcePrefix source, bool isHandshake)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_counts, source, out _);
        counts.Connections++;
        counts.Handshakes += isHandshake ? 1 : 0;
    }

    public void EndHandshake(SourcePrefix source) => CollectionsMarshal.GetValueRefOrNullRef(_counts, source).Handshakes--;

    public void Remove(SourcePrefix source)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrNullRef(_counts, source);
        Debug.Assert(counts.Connections > 0 && counts.Handshakes < counts.Connections + 1, $"{source} has {counts.Connections} connections, {counts.Handshakes} of them handshakes.");
        if (--counts.Connections == 0)
            _counts.Remove(source);
    }

    [StructLayout(LayoutKind.Auto)]
    private record struct Counts(int Connections, int Handshakes);
}
