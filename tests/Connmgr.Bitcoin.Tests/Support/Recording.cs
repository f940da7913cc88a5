namespace Connmgr.Bitcoin.Tests;

/// <summary>A session with a real bitcoind, as recorded in Data.</summary>
/// <param name="Frames">Its messages.</param>
/// <param name="Facts">The facts of bitcoind's RPC, one per line.</param>
internal sealed record Recording(IReadOnlyList<(bool FromBitcoind, byte[] Frame)> Frames, IReadOnlySet<string> Facts)
{
    public static Recording Load(string name)
    {
        var lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Data", name));
        return new(
            [.. lines.Where(line => line[0] != '#').Select(line => (line[0] == '<', Convert.FromHexString(line[2..])))],
            lines.Where(line => line.StartsWith("#= ", StringComparison.Ordinal))
                .Select(line => line[3..]).ToHashSet(StringComparer.Ordinal));
    }

    public byte[] FromBitcoind => [.. Frames.Where(f => f.FromBitcoind).SelectMany(f => f.Frame)];

    public byte[] ToBitcoind => [.. Frames.Where(f => !f.FromBitcoind).SelectMany(f => f.Frame)];
}
