using System.Security.Cryptography;
using System.Text;

namespace Connmgr.Fleet;

/// <summary>A Lua script that Redis runs as one atomic step, called by its hash. Immutable.</summary>
internal sealed class FleetScript
{
    // Leases must not depend on the clocks of several machines: every script reads the server's, in milliseconds.
    private const string Clock = """
        local clock = redis.call('TIME')
        local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

        """;

    public FleetScript(string text)
    {
        Text = Clock + text;
#pragma warning disable CA5350 // Redis names scripts so; nothing depends on its strength.
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(Text));
#pragma warning restore CA5350
    }

    public string Text { get; }

    public byte[] Hash { get; }
}
