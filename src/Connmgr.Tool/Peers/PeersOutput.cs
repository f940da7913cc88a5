using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Connmgr.Tool;

/// <summary>
/// Writes the results of the <c>peers</c> commands as lines and a table, or as JSON. docs/guides/peers.md is the contract of the JSON.
/// </summary>
internal sealed class PeersOutput(TextWriter output, bool json)
{
    public async Task ListAsync(IAsyncEnumerable<PeerItem> peers)
    {
        var table = new TextTable(">Id", "Address", "Dir", "Via", "Kind", "Group", ">Rating", "State", ">Age", ">Height", ">Ping", "User agent");
        var count = 0;
        await foreach (var peer in peers.ConfigureAwait(false))
        {
            count++;
            if (json)
                Line(peer, ControlJson.Default.PeerItem);
            else
                table.Add(Cells(peer));
        }

        if (!json)
            await output.WriteAsync(count == 0 ? "No peers.\n" : table.ToString()).ConfigureAwait(false);
    }

    public void Connect(ConnectItem item)
    {
        if (json)
        {
            Line(item, ControlJson.Default.ConnectItem);
            return;
        }

        var phase = item.Phase is "none" ? string.Empty : $"{item.Phase} ";
        var message = item.Message is { } text ? $": {text}" : string.Empty;
        var again = item.Kind is "permanent" ? " It is retried." : string.Empty;
        output.Write(item.Connected
            ? $"connected     {item.Kind} #{item.Id}  {item.Address}\n"
            : $"failed        {item.Kind} #{item.Id}  {item.Address}  {phase}{item.Cause}{message}{again}\n");
    }

    public void Ended(PeerItem peer, string done)
    {
        if (json)
            Line(peer, ControlJson.Default.PeerItem);
        else
            output.Write($"{done,-13} {peer.Kind} #{peer.Id}  {peer.Address ?? "-"}\n");
    }

    /// <summary>Writes all that is known of a peer.</summary>
    public void Show(PeerItem peer)
    {
        if (json)
        {
            Line(peer, ControlJson.Default.PeerItem);
            return;
        }

        var table = new TextTable($"#{peer.Id}", peer.Address ?? "-");
        table.Add("Direction", peer.Direction);
        table.Add("Kind", peer.Kind);
        table.Add("Purpose", peer.Purpose);
        table.Add("Group", peer.Group ?? "-");
        table.Add("State", State(peer));
        table.Add("Age", Age(peer));
        table.Add("Attempts", Number(peer.Attempts));
        table.Add("User agent", peer.UserAgent ?? "-");
        table.Add("Services", peer.Services ?? "-");
        table.Add("Version", Number(peer.ProtocolVersion));
        table.Add("Transport", peer.Transport ?? "-");
        table.Add("Session id", peer.SessionId ?? "-");
        table.Add("Height", Number(peer.Height));
        table.Add("Ping", Ping(peer));
        table.Add("Rating", peer.Rating is { } rating ? Rating(rating) : "-");
        foreach (var reason in peer.RatingReasons ?? [])
            table.Add($"  {reason.Name}", Rating(reason.Weight));
        output.Write(table.ToString());
    }

    public void Rotated(RotateItem item)
    {
        if (json)
            Line(item, ControlJson.Default.RotateItem);
        else
            output.Write($"replaced {item.Replaced} of {item.Asked} peers of group {item.Group}\n");
    }

    public void Sent(BroadcastItem item)
    {
        if (json)
            Line(item, ControlJson.Default.BroadcastItem);
        else
            output.Write($"{item.Txid}: {item.Recipients} peers have it, of {item.Attempts} that were tried; {(item.Returned ? "the network knows it" : "it has not returned from the network")}\n");
    }

    public void Target(TargetItem item)
    {
        if (json)
            Line(item, ControlJson.Default.TargetItem);
        else
            output.Write($"target {item.Target}, was {item.Previous}\n");
    }

    /// <summary>Writes an event at once, because a reader may wait for it.</summary>
    public void Event(JsonElement happened)
    {
        output.Write(happened.GetRawText());
        output.Write('\n');
        output.Flush();
    }

    private static string[] Cells(PeerItem peer) =>
    [
        peer.Id.ToString(CultureInfo.InvariantCulture),
        peer.Address ?? "-",
        peer.Direction is "inbound" ? "in" : "out",
        peer.Transport ?? "-",
        peer.Purpose,
        peer.Group ?? "-",
        peer.Rating is { } rating ? Rating(rating) : "-",
        State(peer),
        Age(peer),
        Number(peer.Height),
        Ping(peer),
        peer.UserAgent ?? "-",
    ];

    private static string State(PeerItem peer) =>
        peer.RetrySeconds is { } retry ? $"{peer.State} {ShortDuration.Format(TimeSpan.FromSeconds(retry))}" : peer.State;

    private static string Age(PeerItem peer) => peer.Seconds is { } seconds ? ShortDuration.Format(TimeSpan.FromSeconds(seconds)) : "-";

    private static string Ping(PeerItem peer) => peer.PingMilliseconds is { } ping ? ShortDuration.FormatPing(TimeSpan.FromMilliseconds(ping)) : "-";

    private static string Rating(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private void Line<T>(T item, JsonTypeInfo<T> typeInfo)
    {
        output.Write(JsonSerializer.Serialize(item, typeInfo));
        output.Write('\n');
    }
}
