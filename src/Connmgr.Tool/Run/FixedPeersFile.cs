using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>The file of <c>--fixed-peers</c>: one address per line, with a port if it is not the default, and comments after '#'.</summary>
internal static class FixedPeersFile
{
    /// <summary>The most addresses. (Bitcoin Core's list has about 1,500.)</summary>
    private const int MaxPeers = 100_000;

    private const int MaxLength = 16 << 20;

    /// <exception cref="ToolException">The file can't be read, or a line is not an address.</exception>
    public static async Task<ImmutableArray<NetworkEndPoint>> ReadAsync(string path, int defaultPort, CancellationToken cancellationToken)
    {
        var peers = ImmutableArray.CreateBuilder<NetworkEndPoint>();
        try
        {
            var file = await TextFile.ReadAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
            foreach (var line in file.Lines())
            {
                if (!AddressLine.TryParse(line.Text, (ushort)defaultPort, out var peer))
                {
                    throw new ToolException(
                        $"'{path}', line {line.Number}: '{SafeText.Line(line.Text)}' is not an address: write 1.2.3.4:8333, [2001:db8::1]:8333 or the address alone.");
                }

                if (peers.Count == MaxPeers)
                    throw new ToolException($"'{path}' has more than {MaxPeers} addresses: leave some out.");
                peers.Add(peer);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read --fixed-peers '{path}': {exception.Message}", exception);
        }

        return peers.ToImmutable();
    }
}
