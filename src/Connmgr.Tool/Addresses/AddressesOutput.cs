using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Connmgr.Tool;

/// <summary>
/// Writes the results of the <c>addresses</c> commands as tables and lines, or as JSON. docs/guides/addresses.md is the contract of the
/// JSON.
/// </summary>
internal sealed class AddressesOutput(TextWriter output, bool json)
{
    public Task ListAsync(IAsyncEnumerable<AddressItem> addresses) => TableAsync(
        addresses,
        ControlJson.Default.AddressItem,
        new TextTable("Address", "Network", "Table", "Last seen", "Last success", ">Failed", "Services", "Source"),
        address =>
        [
            address.Address, address.Network, address.Table, Minute(address.LastSeen), Minute(address.LastSuccess), Number(address.FailedAttempts),
            address.Services.TrimStart('0') is { Length: > 0 } services ? services : "0", address.Source,
        ]);

    public Task StatsAsync(IAsyncEnumerable<AddressCount> counts) => TableAsync(
        counts,
        ControlJson.Default.AddressCount,
        new TextTable("Network", ">New", ">Tried", ">Total", ">Quarantined"),
        count => [count.Network, Number(count.New), Number(count.Tried), Number(count.Total), Number(count.Quarantined)]);

    public Task QuarantineAsync(IAsyncEnumerable<QuarantineItem> addresses) => TableAsync(
        addresses,
        ControlJson.Default.QuarantineItem,
        new TextTable("Address", "Network", ">Times", "Rests until"),
        address => [address.Address, address.Network, Number(address.Times), Minute(address.RestsUntil)]);

    public Task ReleasedAsync(QuarantineItem address) =>
        json ? LineAsync(address, ControlJson.Default.QuarantineItem) : output.WriteAsync($"released      {address.Address}\n");

    public Task ImportAsync(ImportItem item)
    {
        if (json)
            return LineAsync(item, ControlJson.Default.ImportItem);
        var invalid = item.Invalid == 0
            ? string.Empty
            : $", {item.Invalid} lines are not addresses (line {string.Join(", ", item.InvalidLines)}{(item.Invalid > item.InvalidLines.Count ? ", ..." : string.Empty)})";
        return output.WriteAsync(
            $"read {item.Read} addresses from '{item.File}' ({item.Format}){invalid}: {item.Added} added, {item.Known} known, {item.Refused} refused, " +
            $"{item.Tried} tried; the book has {item.Total}\n");
    }

    public Task ExportAsync(ExportItem item) => json
        ? LineAsync(item, ControlJson.Default.ExportItem)
        : output.WriteAsync($"wrote {item.Written} addresses to '{item.File}' ({item.Format})\n");

    private static string Minute(string? time) => time is null ? "never" : time[..16].Replace('T', ' ');

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private async Task TableAsync<T>(IAsyncEnumerable<T> items, JsonTypeInfo<T> typeInfo, TextTable table, Func<T, string[]> cells)
    {
        var count = 0;
        await foreach (var item in items.ConfigureAwait(false))
        {
            count++;
            if (json)
                await LineAsync(item, typeInfo).ConfigureAwait(false);
            else
                table.Add(cells(item));
        }

        if (!json)
            await output.WriteAsync(count == 0 ? "No addresses.\n" : table.ToString()).ConfigureAwait(false);
    }

    private Task LineAsync<T>(T item, JsonTypeInfo<T> typeInfo) => output.WriteAsync(JsonSerializer.Serialize(item, typeInfo) + "\n");
}
