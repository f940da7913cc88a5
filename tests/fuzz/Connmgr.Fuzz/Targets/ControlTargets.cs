using System.Collections.Frozen;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Connmgr.Tool;

namespace Connmgr.Fuzz;

/// <summary>What clients of the control socket and of the dashboard send.</summary>
internal static class ControlTargets
{
    private static readonly ControlGreeting Greeting = new(Protocol: 1, Process: 1, "regtest");
    private static readonly AddressBook Book = new();
    private static readonly FrozenDictionary<string, IControlHandler> Handlers = CreateHandlers().ToFrozenDictionary(static handler => handler.Name, StringComparer.Ordinal);
    private static readonly JsonTypeInfo[] Bodies =
        [DashboardJson.Default.ConnectArguments, DashboardJson.Default.TargetArguments, DashboardJson.Default.RotateArguments, DashboardJson.Default.BanArguments];
    private static readonly DashboardAccess LocalAccess = new(new() { Address = IPAddress.Loopback, Port = 8330, Hosts = ["dash.example"] }, DashboardToken.Create());
    private static readonly DashboardAccess RemoteAccess = new(new() { Address = IPAddress.Any, Port = 8330 }, DashboardToken.Create());

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new()
        {
            Name = "control",
            Reads = "requests at the control socket, a whole session of them",
            Read = ReadControl,
            MemoryPerByte = 16 * 1024,
            MemoryConstant = 256 * 1024,
            MaxLength = 68 * 1024,
            MemoryReason = "each line, of one byte or more, gets an answer, which may quote it",
        },
        new()
        {
            Name = "http-body",
            Reads = "bodies of the dashboard's API",
            Read = ReadBody,
            IsDocumented = static exception => exception is JsonException,
            MemoryPerByte = 32,
            MemoryConstant = 48 * 1024,
            MemoryReason = "the reader of JSON of .NET has buffers",
        },
        new() { Name = "http-access", Reads = "the headers by which the dashboard decides about access", Read = ReadAccess, MemoryPerByte = 64, MemoryReason = "texts are cut, compared and quoted" },
    ];

    private static IEnumerable<IControlHandler> CreateHandlers()
    {
        yield return BanVerbs.Add.HandleOne(static (arguments, _) => Task.FromResult(new BanAddItem("added", new(BanTarget.TryParse(arguments.Address, out var target) ? target.ToString() : throw Unknown(), "manual", arguments.Comment, "", ""))));
        yield return BanVerbs.Import.HandleOne(static (_, _) => Task.FromException<BanImportItem>(Unknown()));
        yield return AddressVerbs.List.Handle(static (arguments, _) => arguments.Apply(Book).Select(static entry => AddressItem.From(entry, restsUntil: null)).ToAsyncEnumerable());
        yield return PeerVerbs.Connect.HandleOne(static (arguments, call) => HostAndPort.ParseAny(arguments.Address, out string? _) is { } ? Task.FromException<ConnectItem>(Unknown()) : throw Unknown());
        yield return PeerVerbs.Disconnect.Handle(static (arguments, call) => PeerSelector.Parse(arguments.Peer, out string? _) is { } peers ? throw PeerSelector.NoneFound(peers) : throw Unknown());
        yield return PeerVerbs.SetTarget.HandleOne(static (arguments, _) => Task.FromResult(new TargetItem(arguments.Target, 8)));
        yield return PeerVerbs.Rotate.HandleOne(static (arguments, _) => Task.FromResult(new RotateItem(arguments.Group ?? string.Empty, arguments.Count, 0)));
    }

    private static ToolException Unknown() => new("it is not there.");

    private static object? ReadControl(ReadOnlyMemory<byte> input)
    {
        using var stream = new SplitStream(input);
        using var session = new ControlSession(stream, Greeting, Handlers, TimeProvider.System);
        Completed.Await(session.RunAsync(CancellationToken.None));
        return FuzzTarget.Taken(input.Span.Contains((byte)'\n'));
    }

    /// <summary>The first byte has the kind of the body.</summary>
    private static object? ReadBody(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return null;
        using var body = new MemoryStream(input[1..].ToArray());
        return Completed.Get(JsonSerializer.DeserializeAsync(body, Bodies[input.Span[0] % Bodies.Length])) switch
        {
            BanArguments ban => FuzzTarget.Taken(BanTarget.TryParse(ban.Address, out _)),
            ConnectArguments connect => HostAndPort.ParseAny(connect.Address, out _),
            var other => other,
        };
    }

    /// <summary>The first byte has the facts of the request, and a line each the host, the origin, the site and the authorization.</summary>
    private static object? ReadAccess(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return null;
        var lines = Encoding.Latin1.GetString(input.Span[1..]).Split('\n', 4);
        var facts = input.Span[0];
        var request = new DashboardRequest
        {
            Access = (DashboardRouteAccess)(facts % 3),
            IsSafeMethod = (facts & 4) != 0,
            IsNavigation = (facts & 8) != 0,
            Host = lines[0],
            Origin = lines.ElementAtOrDefault(1) is { Length: > 0 } origin ? origin : null,
            FetchSite = lines.ElementAtOrDefault(2) is { Length: > 0 } site ? site : null,
            Authorization = lines.ElementAtOrDefault(3) is { Length: > 0 } authorization ? authorization : null,
        };
        var (local, remote) = (LocalAccess.Judge(request), RemoteAccess.Judge(request));

        // The tokens are random, so no input may change anything.
        FuzzFailure.Unless(request.Access != DashboardRouteAccess.Change || (local is not null && remote is not null), "changes need the token");
        FuzzFailure.Unless(request.Access == DashboardRouteAccess.Open || remote is not null, "reading from elsewhere needs the token");
        return FuzzTarget.Taken(local is null || remote is null);
    }
}
