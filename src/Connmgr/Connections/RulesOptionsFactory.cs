using System.Buffers.Binary;
using System.Security.Cryptography;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>Creates the options of the rules. The only place that uses the system's random numbers.</summary>
internal static class RulesOptionsFactory
{
    /// <summary>Creates the options of the rules from normalized options.</summary>
    public static RulesOptions Create(ConnectionManagerOptions options, GuardedCallbacks callbacks) => new()
    {
        Manager = options,
        Gate = callbacks.Gate,
        GetProxy = callbacks.GetProxy,
        GetGroup = callbacks.GetGroup,
        NetgroupKey = NewKey(options.Random),
        Random = DefaultRandom.Get(options.Random),
    };

    /// <summary>Creates a random secret, from the user's random numbers if there are any, so that runs are repeatable.</summary>
    private static UInt128 NewKey(Random? random)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (random is null)
            RandomNumberGenerator.Fill(bytes);
        else
            random.NextBytes(bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }
}
