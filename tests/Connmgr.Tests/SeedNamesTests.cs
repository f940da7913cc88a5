using System.Text.RegularExpressions;

namespace Connmgr.Tests;

/// <summary>
/// Holds docs/seed-names.md to the code: a row for each identifier of Go's connmgr, and a public member for each name in it.
/// </summary>
public partial class SeedNamesTests
{
    private static readonly string[] Identifiers =
    [
        "Halflife", "Lifetime",
        "ErrTorInvalidAddressResponse", "ErrTorInvalidProxyResponse", "ErrTorUnrecognizedAuthMethod", "ErrDialNil",
        "DisableLog", "SeedFromDNS", "TorLookupIP", "UseLogger", "New",
        "Config", "Config.Listeners", "Config.OnAccept", "Config.MaxInbound", "Config.TargetOutbound", "Config.RetryDuration",
        "Config.OnConnection", "Config.OnDisconnection", "Config.GetNewAddress", "Config.Dial",
        "ConnManager", "ConnManager.Connect", "ConnManager.Disconnect", "ConnManager.NewConnReq", "ConnManager.Remove",
        "ConnManager.Start", "ConnManager.Stop", "ConnManager.Wait", "WithTriggerReconnect",
        "ConnReq", "ConnReq.Addr", "ConnReq.Permanent", "ConnReq.ID", "ConnReq.State", "ConnReq.String",
        "ConnState", "ConnPending", "ConnFailing", "ConnCanceled", "ConnEstablished", "ConnDisconnected",
        "DynamicBanScore", "DynamicBanScore.Increase", "DynamicBanScore.Int", "DynamicBanScore.Reset", "DynamicBanScore.String",
        "LookupFunc", "OnSeed",
        "chaincfg.Params", "wire.ServiceFlag", "wire.NetAddress", "btclog.Logger", "net.Addr", "net.Conn", "net.Listener", "net.IP",
    ];

    private static readonly Dictionary<string, string[]> Rows = ReadRows();

    public static TheoryData<string> AllIdentifiers => [.. Identifiers];

    [Theory]
    [MemberData(nameof(AllIdentifiers))]
    public void SeedIdentifier_InTable_ResolvesToPublicMembers(string identifier)
    {
        Assert.True(Rows.TryGetValue(identifier, out var names), $"docs/seed-names.md has no row for {identifier}.");
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.True(IsPublicMember(name), $"{identifier}: there is no public {name}."));
    }

    [Fact]
    public void Table_HasNoOtherRows() => Assert.Empty(Rows.Keys.Except(Identifiers, StringComparer.Ordinal));

    [Theory]
    [InlineData("ConnectionManagerOptions.Dail")]
    [InlineData("NoSuchType")]
    [InlineData("new ConnectionRequest")]
    [InlineData("SystemResolver")]
    public void IsPublicMember_OfMissingOrInternalName_IsFalse(string name) => Assert.False(IsPublicMember(name));

    private static bool IsPublicMember(string name)
    {
        const string constructor = "new ";
        if (name.StartsWith(constructor, StringComparison.Ordinal))
            return PublicType(name[constructor.Length..])?.GetConstructors().Length > 0;

        var parts = name.Split('.');
        return PublicType(parts[0]) is { } type
            && (parts.Length == 1 || type.GetMember(parts[1]).Length > 0);
    }

    private static Type? PublicType(string name) =>
        typeof(ConnectionManager).Assembly.GetType($"Connmgr.{name}") is { IsPublic: true } type ? type : null;

    private static Dictionary<string, string[]> ReadRows() => File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "docs", "seed-names.md"))
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(line => line.Split('|'))
        .ToDictionary(cells => cells[1].Trim().Trim('`'), cells => Names(cells[2]), StringComparer.Ordinal);

    private static string[] Names(string cell) => [.. Backticked().Matches(cell).Select(match => match.Groups["name"].Value)];

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Backticked();
}
