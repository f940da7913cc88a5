using System.Buffers.Binary;
using System.Security.Cryptography;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>Makes the options of the rules. The one place where the system's sources of chance are drawn from.</summary>
internal static class RulesOptionsFactory
{
    /// <summary>Makes the options of the rules from normalized options.</summary>
    public static RulesOptions Create(ConnectionManagerOptions options, GuardedCallbacks callbacks) => new()
    {
        Manager = options,
        Gate = callbacks.Gate,
        GetProxy = callbacks.GetProxy,
        GetGroup = callbacks.GetGroup,
        NetgroupKey = NewKey(options.Random),
        Random = options.Random ?? NewRandom(),
    };

    /// <summary>Draws a secret; from the user's source of chance if there is one, so that runs repeat.</summary>
    private static UInt128 NewKey(Random? random)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (random is null)
            RandomNumberGenerator.Fill(bytes);
        else
            random.NextBytes(bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }

#pragma warning disable RS0030 // The one place that draws chance from the system, when the user injects none.
    private static Random NewRandom() => new();
#pragma warning restore RS0030
}
