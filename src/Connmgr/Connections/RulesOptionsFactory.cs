using System.Buffers.Binary;
using System.Security.Cryptography;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>Makes the options of the rules, which know nothing of those of the manager.</summary>
internal static class RulesOptionsFactory
{
    /// <summary>Takes what the rules need from normalized options.</summary>
    public static RulesOptions Create(ConnectionManagerOptions options, GuardedCallbacks callbacks) => new()
    {
        TargetOutbound = options.TargetOutbound,
        MaxInbound = options.MaxInbound,
        InboundLimits = options.InboundLimits,
        NetgroupKey = NewKey(options.Random),
        HasSource = options.AddressSource is not null,
        HasHandshake = options.Handshake is not null,
        RetryDuration = options.RetryDuration,
        MaxRetryDuration = options.MaxRetryDuration!.Value,
        DialTimeout = options.DialTimeout,
        ProxyDialTimeout = options.ProxyDialTimeout,
        HandshakeTimeout = options.HandshakeTimeout,
        DialHedgeDelay = options.DialHedgeDelay,
        ProxyDialHedgeDelay = options.ProxyDialHedgeDelay,
        MaxHedgedDials = options.MaxHedgedDials,
        DialBurst = options.DialBurst,
        DialsPerSecond = options.DialsPerSecond,
        MaxOutboundPerNetgroup = options.MaxOutboundPerNetgroup,
        AllowDuplicateAddresses = options.AllowDuplicateAddresses,
        Gate = callbacks.Gate,
        ProxyOf = callbacks.ProxyOf,
        GroupOf = callbacks.GroupOf,
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
