using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Connmgr.Tool;

/// <summary>
/// Draws a state. Every cell is plain text, cut to its width: text of a peer is never read as markup, and never takes a second line.
/// </summary>
internal static class LiveView
{
    private static readonly Style Head = new(Color.Grey);
    private static readonly Style Strong = new(decoration: Decoration.Bold);

    /// <summary>The width below which events are shown without the spaces that form columns.</summary>
    private const int WideEnoughForColumns = 80;

    private static LiveTable<LivePeer> PeerTable(int width) => new(
        width,
        new("Id", 5, Rank: 5, peer => Number(peer.Facts.Id), IsRight: true),
        new("Address", AddressWidth(width), Rank: 0, peer => peer.Facts.Address),
        new("Dir", 3, Rank: 1, peer => peer.Facts.Direction == ConnectionDirection.Inbound ? "in" : "out"),
        new("Via", 3, Rank: 8, peer => peer.Facts.Transport ?? "-"),
        new("Kind", 9, Rank: 4, peer => Names.Get(peer.Facts.Purpose)),
        new("Age", 7, Rank: 3, peer => ShortDuration.Format(peer.Age), IsRight: true),
        new("Height", 7, Rank: 6, peer => peer.Facts.Height < 0 ? "-" : Number(peer.Facts.Height), IsRight: true),
        new("Ping", 7, Rank: 2, peer => peer.Facts.RoundTrip is { } ping ? ShortDuration.FormatPing(ping) : "-", IsRight: true),
        new("User agent", 10, Rank: 7, peer => peer.Facts.UserAgent, IsLast: true));

    private static LiveTable<AttemptSnapshot> DialTable(int width) => new(
        width,
        new("Id", 5, Rank: 4, attempt => Number(attempt.RequestId), IsRight: true),
        new("Address", AddressWidth(width), Rank: 0, attempt => AddressText.Format(attempt.EndPoint)),
        new("Kind", 9, Rank: 3, attempt => Names.Get(attempt.Kind)),
        new("Phase", 9, Rank: 1, attempt => Names.Get(attempt.Phase)),
        new("Age", 7, Rank: 2, attempt => ShortDuration.FormatDial(attempt.Age), IsRight: true));

    /// <summary>Gets the width of addresses: enough for any IPv4 address with its port and, on a wide terminal, for any IPv6 address.</summary>
    private static int AddressWidth(int width)
    {
        const int OtherColumns = 51;
        const int UserAgent = 32;
        return Math.Clamp(width - OtherColumns - UserAgent, 22, 47);
    }

    /// <summary>Draws a frame.</summary>
    /// <param name="state">The state.</param>
    /// <param name="width">The columns of the terminal.</param>
    /// <param name="height">The lines of the terminal.</param>
    public static IRenderable Render(LiveState state, int width, int height)
    {
        var plan = ScreenPlan.For(height, Math.Max(state.Peers.Length, state.Target + state.Permanent), state.Info.DashboardLink is not null);
        var (peers, dials) = (PeerTable(width), DialTable(width));
        List<IRenderable> lines = [Title(state, width), Counts(state, width)];
        if (plan.HasFacts)
            lines.Add(Facts(state.Facts, width));
        if (plan.HasLink)
            lines.Add(new LiveRow(width).Add("  ", Head).Add(state.Info.DashboardLink!, Strong));
        lines.Add(Section("Peers", state.Peers.Length));
        if (plan.HasHead)
            lines.Add(peers.Head(Head));
        lines.AddRange(Fill(state.Peers, plan.Peers, peer => peers.Row(peer, Style.Plain), width));
        if (plan.HasDials)
            lines.Add(Section("Dials in flight", state.Attempts.Length));
        lines.AddRange(Fill(state.Attempts, plan.Dials, attempt => dials.Row(attempt, Style.Plain), width));
        if (plan.HasEvents)
            lines.Add(Section("Events (UTC)", count: null));
        lines.AddRange(state.Events.TakeLast(plan.Events).Select(line => Event(line, width)));
        return new Rows(lines.Take(height));
    }

    private static LiveRow Title(LiveState state, int width)
    {
        var up = $"up {ShortDuration.Format(state.Uptime)}   Ctrl-C stops";
        return new LiveRow(width)
            .Add(" connmgr ", new Style(Color.Black, Color.Orange1, Decoration.Bold))
            .Add($"  {state.Info.Title}  ", Strong)
            .Add(state.Status, ToneStyle.Get(state.StatusTone))
            .AddRight(up, Head);
    }

    private static LiveRow Counts(LiveState state, int width)
    {
        var row = new LiveRow(width);
        Count(row, "automatic", Share(state.AutomaticConnected, state.Target));
        foreach (var group in state.Groups)
            Count(row, group.Name, Share(group.Connected, group.Target));
        if (state.Permanent > 0)
            Count(row, "permanent", Share(state.PermanentConnected, state.Permanent));
        if (!state.Info.Listening.IsEmpty)
            Count(row, "inbound", state.MaxInbound is { } max ? Share(state.InboundConnected, max) : Number(state.InboundConnected));
        Count(row, "dials", Number(state.Dials));
        Count(row, "failed", Number(state.Failed));
        return state.FailedByCause.Length > 0 ? row.Add($" ({state.FailedByCause})", Head) : row;
    }

    /// <summary>Creates the line about addresses, bans, seeds, Tor and I2P.</summary>
    private static LiveRow Facts(RunFacts facts, int width)
    {
        var row = new LiveRow(width);
        Count(row, "addresses", Number(facts.Addresses));
        row.Add($" ({Number(facts.Tried)} tried)", Head);
        Count(row, "bans", Number(facts.Bans));
        if (!facts.Seeds.IsEmpty)
            Count(row, "seeds", Share(facts.SeedsAnswered, facts.Seeds.Length));
        if (facts.Tor is { OnionService: null } tor)
            Count(row, "Tor", tor.IsConnected ? "connected" : "not connected");
        if (facts.I2P is { Address: null } i2p)
            Count(row, "I2P", i2p.IsConnected ? "connected" : "not connected");
        if (!facts.ExternalAddresses.IsEmpty)
            Count(row, "reachable at", string.Join(", ", facts.ExternalAddresses.Select(static own => own.EndPoint)));
        if (facts.PortMapping is { Mappings.IsEmpty: true })
            Count(row, "port mapping", "none");
        return row;
    }

    private static void Count(LiveRow row, string name, string value) => row.Add($"  {name} ", Head).Add(value, Strong);

    private static Rule Section(string title, int? count)
    {
        var counted = count is { } number ? $" {Number(number)}" : string.Empty;
        return new Rule($"[bold]{title}[/][grey]{counted}[/]") { Justification = Justify.Left, Style = Head };
    }

    private static LiveRow Event(EventLine line, int width) => new LiveRow(width)
        .Add(line.Time.UtcDateTime.ToString(" HH:mm:ss  ", CultureInfo.InvariantCulture), Head)
        .Add(width < WideEnoughForColumns ? string.Join(' ', line.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)) : line.Text, ToneStyle.Get(line.Tone));

    /// <summary>Creates as many rows as fit. The last one gives the number of the others.</summary>
    private static IEnumerable<IRenderable> Fill<T>(IReadOnlyList<T> items, int room, Func<T, IRenderable> row, int width)
    {
        var shown = items.Count <= room ? items.Count : Math.Max(room - 1, 0);
        for (var i = 0; i < shown; i++)
            yield return row(items[i]);
        if (shown < items.Count && room > 0)
            yield return new LiveRow(width).Add($"        and {Number(items.Count - shown)} more", Head);
        for (var i = items.Count; i < room; i++)
            yield return new LiveRow(width);
    }

    private static string Share(int part, int whole) => $"{Number(part)}/{Number(whole)}";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
