using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Connmgr.Tool;

/// <summary>
/// Writes the results of the <c>bans</c> commands as a table and lines, or as JSON. docs/guides/bans.md is the contract of the JSON.
/// </summary>
internal sealed class BansOutput(TextWriter output, bool json)
{
    public async Task ListAsync(IAsyncEnumerable<BanItem> bans)
    {
        var table = new TextTable("Address", "Until (UTC)", "Created (UTC)", "Cause", "Comment");
        var count = 0;
        await foreach (var ban in bans.ConfigureAwait(false))
        {
            count++;
            if (json)
                await LineAsync(ban, ControlJson.Default.BanItem).ConfigureAwait(false);
            else
                table.Add(ban.Address, Minute(ban.Until), Minute(ban.Created), ban.Cause, ban.Comment ?? "-");
        }

        if (!json)
            await output.WriteAsync(count == 0 ? "No bans.\n" : table.ToString()).ConfigureAwait(false);
    }

    public Task AddAsync(BanAddItem item) => json
        ? LineAsync(item, ControlJson.Default.BanAddItem)
        : output.WriteAsync($"{(item.Outcome is "added" ? "banned" : "banned for longer")} {item.Ban.Address} until {Minute(item.Ban.Until)} UTC\n");

    public Task RemoveAsync(BanItem item) => json
        ? LineAsync(item, ControlJson.Default.BanItem)
        : output.WriteAsync($"no longer banned: {item.Address}\n");

    public Task ClearAsync(BanCountItem item) => json
        ? LineAsync(item, ControlJson.Default.BanCountItem)
        : output.WriteAsync($"removed {item.Removed} bans\n");

    public Task ImportAsync(BanImportItem item)
    {
        if (json)
            return LineAsync(item, ControlJson.Default.BanImportItem);
        var invalid = item.Invalid == 0 ? string.Empty : $", {item.Invalid} entries are not bans";
        var refused = item.Refused == 0 ? string.Empty : $", no room for {item.Refused}";
        var reasons = string.Concat(item.InvalidReasons.Select(reason => $"  {reason}\n"));
        return output.WriteAsync(
            $"read {item.Read} bans from '{item.File}'{invalid}: {item.Added} added, {item.Known} known{refused}; there are {item.Total}\n{reasons}");
    }

    public Task ExportAsync(BanExportItem item) => json
        ? LineAsync(item, ControlJson.Default.BanExportItem)
        : output.WriteAsync($"wrote {item.Written} bans to '{item.File}'\n");

    private static string Minute(string time) => time[..16].Replace('T', ' ');

    private Task LineAsync<T>(T item, JsonTypeInfo<T> typeInfo) => output.WriteAsync(JsonSerializer.Serialize(item, typeInfo) + "\n");
}
