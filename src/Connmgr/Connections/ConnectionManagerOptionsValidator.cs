using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Connmgr.Rules;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>Checks the options, all at once, and makes what the manager and the rules work with.</summary>
internal static class ConnectionManagerOptionsValidator
{
    /// <summary>The options as the manager keeps them: a copy, with the source in one form.</summary>
    public static ConnectionManagerOptions Check(ConnectionManagerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = Errors(options).ToList();
        if (errors.Count > 0)
            throw new ArgumentException($"The options of the connection manager are not valid. {string.Join(' ', errors)}", nameof(options));
        var copy = options.Copy();
        copy.Listeners = [.. options.Listeners];
        copy.InboundLimits = options.InboundLimits.Copy();
        copy.AddressSource ??= options.GetNewAddress is { } getNewAddress ? new DelegateAddressSource(getNewAddress) : null;
        copy.MaxRetryDuration ??=
            options.RetryDuration > ConnectionManagerDefaults.MaxRetryDuration ? options.RetryDuration : ConnectionManagerDefaults.MaxRetryDuration;
        return copy;
    }

    /// <summary>What the rules need of checked options.</summary>
    public static RulesOptions ToRules(ConnectionManagerOptions options, ILogger logger) => new()
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
        Gate = options.Gate is { } gate ? (endPoint, direction) => Ask(gate, endPoint, direction, logger) : static (_, _) => GateVerdict.Allow,
        ProxyOf = options.ProxyOf is { } proxyOf ? endPoint => Ask(proxyOf, endPoint, logger) : static _ => null,
        GroupOf = endPoint => GroupOf(options.Netgrouper, endPoint, logger),
        Random = options.Random ?? NewRandom(),
    };

    /// <summary>A user's predicate that says no when it fails.</summary>
    public static Func<EndPoint, bool> Guarded(Func<EndPoint, bool> matches, ILogger logger) => endPoint =>
    {
        try
        {
            return matches(endPoint);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, "the predicate of DisconnectWhereAsync", EndPointText.Of(endPoint));
            return false;
        }
    };

    /// <summary>What is wrong, a sentence each, which begins with the name of the option.</summary>
    public static IEnumerable<string> Errors(ConnectionManagerOptions options)
    {
        if (options.Dial is null)
            yield return "Dial is missing: set it to a function that connects, such as new TcpDialer().DialAsync.";
        if (options is { AddressSource: not null, GetNewAddress: not null })
            yield return "AddressSource and GetNewAddress are both set: set one.";
        if (options.Listeners is null)
            yield return "Listeners is null: use an empty list for none.";
        else
        {
            if (options.Listeners.Any(listener => listener is null))
                yield return "Listeners contains null: leave it out.";
            foreach (var error in options.Listeners.OfType<IConnectionListener>().SelectMany(static listener => InboundLimitsValidator.Errors(listener.Profile)))
                yield return error;
            if (options is { Listeners.Count: > 0, OnAccept: null })
                yield return "OnAccept is missing: there are Listeners, so set what is to be done with their connections.";
        }

        if (options.TargetOutbound < 0)
            yield return Invariant($"TargetOutbound is {options.TargetOutbound}: use 0 or more.");
        if (options.MaxInbound < 0)
            yield return Invariant($"MaxInbound is {options.MaxInbound}: use 0 to refuse every inbound connection, null for no limit.");
        foreach (var error in InboundLimitsValidator.Errors(options.InboundLimits, options.TargetOutbound))
            yield return error;
        if (options.MaxHedgedDials < 0)
            yield return Invariant($"MaxHedgedDials is {options.MaxHedgedDials}: use 0 to turn hedging off.");
        if (options.ReservedFileDescriptors < 0)
            yield return Invariant($"ReservedFileDescriptors is {options.ReservedFileDescriptors}: use 0 or more.");
        if (options.DialBurst < 1)
            yield return Invariant($"DialBurst is {options.DialBurst}: use 1 or more, or null for the default.");
        if (options.DialsPerSecond is { } perSecond && !(perSecond > 0))
            yield return Invariant($"DialsPerSecond is {perSecond}: use more than 0, double.PositiveInfinity for no limit, or null for the default.");
        if (options.MaxOutboundPerNetgroup < 1)
            yield return Invariant($"MaxOutboundPerNetgroup is {options.MaxOutboundPerNetgroup}: use 1 or more.");
        if (options.Netgrouper is null)
            yield return "Netgrouper is null: use PrefixNetgrouper.Instance.";
        if (options.InstanceName is { Length: 0 })
            yield return "InstanceName is empty: use null for the default.";
        if (options.TimeProvider is null)
            yield return "TimeProvider is null: use TimeProvider.System.";
        foreach (var (name, value) in Durations(options))
        {
            if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(365))
                yield return $"{name} is {value}: use more than zero, and no more than a year.";
        }

        if (options.MaxRetryDuration is { } max && max < options.RetryDuration)
            yield return $"MaxRetryDuration is {max}, less than RetryDuration, {options.RetryDuration}: use at least that, or null for the default.";
    }

    private static IEnumerable<(string Name, TimeSpan Value)> Durations(ConnectionManagerOptions options)
    {
        yield return (nameof(options.RetryDuration), options.RetryDuration);
        if (options.MaxRetryDuration is { } maxRetryDuration)
            yield return (nameof(options.MaxRetryDuration), maxRetryDuration);
        yield return (nameof(options.DialTimeout), options.DialTimeout);
        yield return (nameof(options.ProxyDialTimeout), options.ProxyDialTimeout);
        yield return (nameof(options.HandshakeTimeout), options.HandshakeTimeout);
        yield return (nameof(options.DialHedgeDelay), options.DialHedgeDelay);
        yield return (nameof(options.ProxyDialHedgeDelay), options.ProxyDialHedgeDelay);
    }

    /// <summary>A gate that fails refuses: what was to be kept out must not come in because of a defect.</summary>
    private static GateVerdict Ask(Func<EndPoint, ConnectionDirection, GateVerdict> gate, EndPoint endPoint, ConnectionDirection direction, ILogger logger)
    {
        try
        {
            return gate(endPoint, direction);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, nameof(ConnectionManagerOptions.Gate), EndPointText.Of(endPoint));
            return GateVerdict.Refuse;
        }
    }

    private static string? Ask(Func<EndPoint, string?> proxyOf, EndPoint endPoint, ILogger logger)
    {
        try
        {
            return proxyOf(endPoint);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, nameof(ConnectionManagerOptions.ProxyOf), EndPointText.Of(endPoint));
            return null;
        }
    }

    /// <summary>A secret; from the user's source of chance when there is one, so that runs repeat.</summary>
    private static UInt128 NewKey(Random? random)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (random is null)
            RandomNumberGenerator.Fill(bytes);
        else
            random.NextBytes(bytes);
        return BinaryPrimitives.ReadUInt128LittleEndian(bytes);
    }

    private static Netgroup GroupOf(INetgrouper grouper, EndPoint endPoint, ILogger logger)
    {
        if (endPoint is not IPEndPoint ip)
            return default;
        try
        {
            var group = grouper.GroupOf(NetworkAddress.FromIPAddress(ip.Address));
            return group.IsExempt ? default : group;
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, nameof(ConnectionManagerOptions.Netgrouper), EndPointText.Of(endPoint));
            return default;
        }
    }

#pragma warning disable RS0030 // The one place that draws chance from the system, when the user injects none.
    private static Random NewRandom() => new();
#pragma warning restore RS0030
}
