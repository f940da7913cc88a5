using System.Globalization;
using System.Net;

namespace Connmgr.Interop;

/// <summary>The sockets of this process, and the TCP connections of a namespace, as the system lists them in /proc.</summary>
internal static class SocketTable
{
    /// <summary>Each open socket of this process by its inode, such as <c>socket:[4711]</c>.</summary>
    public static HashSet<string> OfThisProcess() =>
    [
        .. Directory.EnumerateFiles("/proc/self/fd")
            .Select(GetTarget)
            .Where(static target => target.StartsWith("socket:", StringComparison.Ordinal)),
    ];

    /// <summary>What a descriptor is; empty for one that was closed since it was listed.</summary>
    private static string GetTarget(string file)
    {
        try
        {
            return File.ResolveLinkTarget(file, returnFinalTarget: false)?.Name ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>The IPv4 connections and listeners of a namespace, of all processes. A connection within it is there twice.</summary>
    public static async Task<IReadOnlyList<Entry>> OfAsync(NetworkNamespace network, CancellationToken cancellationToken)
    {
        var table = await network.RunAsync("cat", ["/proc/net/tcp"], cancellationToken);
        return
        [
            .. table.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(static fields => fields[1].Contains(':', StringComparison.Ordinal))
                .Select(static fields => new Entry(
                    GetEndPoint(fields[1]),
                    GetEndPoint(fields[2]),
                    (State)int.Parse(fields[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture))),
        ];
    }

    /// <summary>The address is a number as this machine keeps it in memory, the port as people write it: 0100007F:208D.</summary>
    private static IPEndPoint GetEndPoint(string text)
    {
        var parts = text.Split(':');
        Span<byte> address = stackalloc byte[4];
        BitConverter.TryWriteBytes(address, uint.Parse(parts[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        return new IPEndPoint(new IPAddress(address), int.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    /// <summary>Linux's numbers of the states that matter here.</summary>
    public enum State
    {
        Established = 1,
        Listening = 10,
    }

    public readonly record struct Entry(IPEndPoint Local, IPEndPoint Remote, State State);
}
