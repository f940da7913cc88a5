using static Connmgr.Tests.Connections.Setup;

namespace Connmgr.Tests.Connections;

/// <summary>Options are checked when the manager is made.</summary>
public class OptionsTests
{
    public static TheoryData<string, Action<ConnectionManagerOptions>> Wrong => new()
    {
        { "Dial", static options => options.Dial = null },
        { "GetNewAddress", static options => options.AddressSource = new FakeSource(static () => null) },
        { "Listeners", static options => options.Listeners = null! },
        { "Listeners", static options => options.Listeners.Add(null!) },
        { "OnAccept", static options => options.Listeners.Add(new FakeListener()) },
        { "TargetOutbound", static options => options.TargetOutbound = -1 },
        { "MaxInbound", static options => options.MaxInbound = -1 },
        { "MaxHedgedDials", static options => options.MaxHedgedDials = -1 },
        { "DialBurst", static options => options.DialBurst = 0 },
        { "DialsPerSecond", static options => options.DialsPerSecond = 0 },
        { "DialsPerSecond", static options => options.DialsPerSecond = double.NaN },
        { "MaxOutboundPerNetgroup", static options => options.MaxOutboundPerNetgroup = 0 },
        { "TimeProvider", static options => options.TimeProvider = null! },
        { "RetryDuration", static options => options.RetryDuration = TimeSpan.Zero },
        { "MaxRetryDuration", static options => options.MaxRetryDuration = Second },
        { "MaxRetryDuration", static options => options.MaxRetryDuration = TimeSpan.FromDays(4_000) },
        { "DialTimeout", static options => options.DialTimeout = -Second },
        { "ProxyDialTimeout", static options => options.ProxyDialTimeout = TimeSpan.Zero },
        { "HandshakeTimeout", static options => options.HandshakeTimeout = TimeSpan.FromDays(400) },
        { "DialHedgeDelay", static options => options.DialHedgeDelay = TimeSpan.Zero },
        { "ProxyDialHedgeDelay", static options => options.ProxyDialHedgeDelay = TimeSpan.Zero },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void AWrongOption_IsNamed(string name, Action<ConnectionManagerOptions> makeWrong)
    {
        var options = Valid();
        makeWrong(options);
        var error = Assert.Throws<ArgumentException>(() => new ConnectionManager(options));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(name, options.GetErrors()[0].Replace("AddressSource and ", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Empty(Valid().GetErrors());
    }

    [Fact]
    public void AllErrors_AreToldAtOnce()
    {
        var error = Assert.Throws<ArgumentException>(() => new ConnectionManager(new() { TargetOutbound = -1, MaxHedgedDials = -2 }));
        foreach (var text in new[] { "Dial is missing", "TargetOutbound is -1", "MaxHedgedDials is -2" })
            Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ValidOptions_AreTaken()
    {
        await using var manager = new ConnectionManager(Valid());
    }

    [Fact]
    public void Rates_Infinite_AreNoLimit()
    {
        var options = Valid();
        options.DialsPerSecond = double.PositiveInfinity;
        options.InboundLimits.AcceptsPerSecond = double.PositiveInfinity;
        Assert.Empty(options.GetErrors());
    }

    [Fact]
    public void ACopy_HasEveryOption()
    {
        var options = Valid();
        foreach (var property in typeof(ConnectionManagerOptions).GetProperties())
        {
            if (property.PropertyType == typeof(TimeSpan))
                property.SetValue(options, 7 * Second);
            else if (property.PropertyType == typeof(int) || property.PropertyType == typeof(int?))
                property.SetValue(options, 7);
            else if (property.PropertyType == typeof(bool))
                property.SetValue(options, !(bool)property.GetValue(options)!);
        }

        options.MaxRetryDuration = 8 * Second;
        options.DialsPerSecond = 7;
        options.Handshake = static (_, _) => default;
        options.OnDisconnection = static (_, _) => Task.CompletedTask;
        options.Gate = static (_, _) => GateVerdict.Allow;
        options.GetProxy = static _ => null;
        options.LoggerFactory = new FakeLoggerFactory();
        options.Random = new Random(1);
        var copy = options.Normalize();
        foreach (var property in typeof(ConnectionManagerOptions).GetProperties())
        {
            if (property.Name is not "AddressSource" and not "GetNewAddress" and not "InboundLimits")
                Assert.Equal(property.GetValue(options), property.GetValue(copy));
        }

        Assert.NotSame(options.InboundLimits, copy.InboundLimits);
        Assert.NotNull(copy.AddressSource);
        Assert.NotSame(options.Listeners, copy.Listeners);
    }

    private static ConnectionManagerOptions Valid() => new()
    {
        Dial = new FakeDialer().DialAsync,
        GetNewAddress = static _ => ValueTask.FromResult<System.Net.EndPoint?>(null),
    };
}
