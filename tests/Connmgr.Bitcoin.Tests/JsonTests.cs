using System.Collections;
using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Connmgr.Testing;

namespace Connmgr.Bitcoin.Tests;

/// <summary>
/// Events, snapshots and version messages are written by System.Text.Json as they are, for programs that log and show them.
/// </summary>
public sealed class JsonTests
{
    private static readonly Type[] Roots =
    [
        typeof(ConnectionManagerSnapshot), typeof(PeerNetworkStatistics), typeof(VersionMessage), typeof(PeerAddress), typeof(AddressEntry), typeof(Ban),
        typeof(BitcoinPeer), typeof(Connection), typeof(ConnectionRequest), typeof(AttemptOutcome), typeof(SeedOutcome), typeof(GossipCounts),
        .. typeof(ConnectionEvent).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(ConnectionEvent))),
        .. Named(typeof(ConnectionEvent), "Snapshot"), .. Named(typeof(PeerNetwork), "Snapshot"), .. Named(typeof(PeerNetwork), "Statistics"),
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void EachType_HasPropertiesThatAreWritten_EndpointsAndEnumsAsText()
    {
        var faults = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<Type>();
        foreach (var root in Roots)
            Look(root, root.Name, seen, faults);

        Assert.Empty(faults);
        Assert.Contains(typeof(DisconnectReason), seen);
        Assert.Contains(typeof(VersionAddress), seen);
    }

    [Fact]
    public void EachEnum_IsWrittenByItsNames()
    {
        var enums = typeof(ConnectionEvent).Assembly.GetExportedTypes().Concat(typeof(PeerNetwork).Assembly.GetExportedTypes()).Where(type => type.IsEnum);
        Assert.All(enums, type => Assert.Equal('"', JsonSerializer.Serialize(Enum.GetValues(type).GetValue(0), type)[0]));
        Assert.Equal("\"Network, Witness\"", JsonSerializer.Serialize(NodeServices.Network | NodeServices.Witness));
    }

    [Fact]
    public void EachEvent_IsNamedInAList()
    {
        foreach (var type in typeof(ConnectionEvent).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(ConnectionEvent))))
            Assert.Contains(typeof(ConnectionEvent).GetCustomAttributes<JsonDerivedTypeAttribute>(), derived => derived.DerivedType == type && type.Name.Equals(derived.TypeDiscriminator as string, StringComparison.Ordinal));

        var time = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        IReadOnlyList<ConnectionEvent> events =
        [
            new AttemptStarted(time, 1, ConnectionKind.Automatic, IPEndPoint.Parse("[2a01::1]:8333")),
            new AttemptFailed(time, ConnectionKind.OneOff, new()
            {
                RequestId = 2,
                EndPoint = new DnsEndPoint("x.example", 8333),
                Phase = ConnectPhase.Tcp,
                Cause = ConnectFailureCause.Refused,
                Exception = new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "refused by the test"),
                Tag = new object(),
            }),
            new InboundRefused(time, remoteEndPoint: null, ConnectFailureCause.FloodLimit),
            new ListenerFailed(time, IPEndPoint.Parse("1.2.3.4:8333"), new InvalidOperationException("by the test")),
        ];
        var text = JsonSerializer.Serialize(events);
        using var json = JsonDocument.Parse(text);
        var names = json.RootElement.EnumerateArray().Select(element => element.GetProperty("Event").GetString());
        Assert.Equal(["AttemptStarted", "AttemptFailed", "InboundRefused", "ListenerFailed"], names, StringComparer.Ordinal);
        Assert.Contains("\"[2a01::1]:8333\"", text, StringComparison.Ordinal);
        Assert.Contains("\"EndPoint\":\"x.example:8333\",\"Phase\":\"Tcp\",\"Cause\":\"Refused\"", text, StringComparison.Ordinal);
        Assert.Contains("\"Exception\":\"refused by the test\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void VersionMessage_IsReadAsItWasWritten()
    {
        var version = Frames.PeerVersion with { Receiver = new(NodeServices.Network, IPAddress.Parse("2a01::1"), 8333) };
        var text = JsonSerializer.Serialize(version);
        Assert.Contains("\"Address\":\"2a01::1\"", text, StringComparison.Ordinal);
        Assert.Equal(version, JsonSerializer.Deserialize<VersionMessage>(text));
    }

    [Theory]
    [InlineData("1.2.3.4:8333")]
    [InlineData("[2a01::1]:8333")]
    [InlineData("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333")]
    public void Addresses_AreText_AndReadAgain(string text)
    {
        var address = new PeerAddress(NetworkEndPoint.Parse(text), 9, DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        var json = JsonSerializer.Serialize(address);
        Assert.Contains($"\"EndPoint\":\"{text}\"", json, StringComparison.Ordinal);
        Assert.Equal(address, JsonSerializer.Deserialize<PeerAddress>(json));

        var request = JsonSerializer.Deserialize<RequestSnapshot>(JsonSerializer.Serialize(
            new RequestSnapshot(1, ConnectionKind.Permanent, ConnectionState.Failing, address.EndPoint.ToEndPoint(), 3, TimeSpan.FromSeconds(7))));
        Assert.Equal(address.EndPoint.ToEndPoint(), request!.EndPoint);
    }

    [Theory]
    [InlineData("\"nothing\"")]
    [InlineData("\"x:99999\"")]
    [InlineData("\":1\"")]
    public void EndPoint_ThatIsNone_IsAJsonException(string text) => Assert.Throws<JsonException>(
        () => JsonSerializer.Deserialize<RequestSnapshot>($$"""{"Id":1,"Kind":"OneOff","State":"Pending","EndPoint":{{text}},"Attempts":0,"RetryIn":null}"""));

    /// <summary>Writes a network with peers, a handshake under way, and a policy for names.</summary>
    [Fact]
    public async Task ARunningNetwork_IsWritten()
    {
        var sandbox = new SandboxNetwork(new() { RestlessShare = 0, HostileShare = 0 });
        var options = new PeerNetworkOptions { TargetOutbound = 2 };
        sandbox.Attach(options);
        await using var network = new PeerNetwork(options);
        await network.StartAsync(Ct);
        await network.WhenFullAsync(Ct).WaitAsync(TimeSpan.FromSeconds(60), Ct);

        var snapshot = await network.Connections.GetSnapshotAsync(Ct);
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(snapshot, JsonSerializerOptions.Web));
        var first = json.RootElement.GetProperty("connections")[0].GetProperty("connection");
        Assert.Equal(snapshot.Connections[0].Connection.RemoteEndPoint!.ToString(), first.GetProperty("remoteEndPoint").GetString());
        Assert.Equal("Automatic", first.GetProperty("kind").GetString());
        Assert.False(first.TryGetProperty("stream", out _));

        var peer = Assert.IsType<BitcoinPeer>(snapshot.Connections[0].Connection.UserState);
        Assert.Contains(peer.Version.UserAgent, JsonSerializer.Serialize(peer), StringComparison.Ordinal);
        Assert.Contains("\"IPv4\"", JsonSerializer.Serialize(network.GetStatistics()), StringComparison.Ordinal);
    }

    private static IEnumerable<Type> Named(Type ofAssembly, string end) =>
        ofAssembly.Assembly.GetExportedTypes().Where(type => type.Name.EndsWith(end, StringComparison.Ordinal) && !type.IsEnum && !type.IsAbstract);

    /// <summary>Collects the faults of the types that the serializer reaches from a type.</summary>
    private static void Look(Type type, string path, HashSet<Type> seen, SortedSet<string> faults)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsPrimitive || type == typeof(string) || type == typeof(DateTimeOffset) || type == typeof(TimeSpan) || type == typeof(UInt128) || HasConverter(type))
            return;

        if (type.IsEnum || type.Assembly != typeof(ConnectionEvent).Assembly && type.Assembly != typeof(PeerNetwork).Assembly)
        {
            if (type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable)) && type.IsGenericType)
                Look(type.GetGenericArguments()[^1], path, seen, faults);
            else
                faults.Add($"{path} is a {type.Name}: give it a converter, or leave it out by [JsonIgnore].");
            return;
        }

        if (!seen.Add(type))
            return;

        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length == 0 && property.GetCustomAttribute<JsonIgnoreAttribute>() is null && !HasConverter(property))
                Look(property.PropertyType, $"{type.Name}.{property.Name}", seen, faults);
        }
    }

    private static bool HasConverter(MemberInfo member) => member.GetCustomAttribute<JsonConverterAttribute>() is not null;
}
