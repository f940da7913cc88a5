using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Connmgr;

/// <summary>
/// The content of Bitcoin Core's banlist.json: an object whose <c>banned_nets</c> is a list of bans. Also reads the answer of listbanned,
/// which is the list alone or the <c>result</c> of a call, and whose entries have no version.
/// </summary>
internal static class BanListFormat
{
    private const int Version = 1;

    /// <summary>The error if the search for a name throws an InvalidOperationException: a name contains half of an escaped surrogate pair.</summary>
    private const string NameIsNoText = "a name in it is not text";

    private static readonly long LatestSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private static readonly JsonEncodedText BannedNets = JsonEncodedText.Encode("banned_nets");
    private static readonly JsonEncodedText Result = JsonEncodedText.Encode("result");
    private static readonly JsonEncodedText VersionKey = JsonEncodedText.Encode("version");
    private static readonly JsonEncodedText CreatedKey = JsonEncodedText.Encode("ban_created");
    private static readonly JsonEncodedText UntilKey = JsonEncodedText.Encode("banned_until");
    private static readonly JsonEncodedText AddressKey = JsonEncodedText.Encode("address");

    // Fields of this library. Bitcoin Core ignores them.
    private static readonly JsonEncodedText CauseKey = JsonEncodedText.Encode("cause");
    private static readonly JsonEncodedText CommentKey = JsonEncodedText.Encode("comment");

    private static readonly (BanCause Cause, JsonEncodedText Name)[] Causes =
    [
        (BanCause.Manual, JsonEncodedText.Encode("manual")),
        (BanCause.Misbehavior, JsonEncodedText.Encode("misbehavior")),
    ];

    // Escapes only quotes and control characters, because the file is not part of a web page.
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        IndentSize = 4,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Decodes a file. Drops invalid entries and accepts the others.</summary>
    /// <param name="path">The path of the file, for messages.</param>
    /// <param name="bytes">The whole content of the file.</param>
    /// <exception cref="AddressFileException">The content does not have the format.</exception>
    public static BanListContent Read(string path, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes.Span.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
            var root = json.RootElement;
            var entries = root.ValueKind == JsonValueKind.Object && (TryGet(root, BannedNets, out var found) || TryGet(root, Result, out found)) ? found : root;
            return entries.ValueKind == JsonValueKind.Array
                ? ReadEntries(entries)
                : throw new FormatException("it is neither an object with a list 'banned_nets' nor a list of bans");
        }
        catch (JsonException exception)
        {
            throw SealedBytes.Malformed(path, new FormatException(exception.Message.TrimEnd('.'), exception));
        }
        catch (InvalidOperationException exception)
        {
            throw SealedBytes.Malformed(path, new FormatException(NameIsNoText, exception));
        }
        catch (FormatException exception)
        {
            throw SealedBytes.Malformed(path, exception);
        }
    }

    /// <summary>Encodes a file.</summary>
    public static ReadOnlyMemory<byte> Write(ImmutableArray<Ban> bans)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (bans.Length * 192));
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteStartArray(BannedNets);
            foreach (var ban in bans)
                WriteEntry(json, ban);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    private static BanListContent ReadEntries(JsonElement entries)
    {
        var bans = ImmutableArray.CreateBuilder<Ban>();
        var places = ImmutableArray.CreateBuilder<int>();
        var dropped = ImmutableArray.CreateBuilder<RejectedBan>();
        var (index, count) = (0, 0);
        foreach (var entry in entries.EnumerateArray())
        {
            // Without an exception for each: a file to import may have millions that are no bans.
            if (ReadEntry(entry, dropped.Count < BanListFile.MaxReportedRejects, out var fault) is { } ban)
            {
                bans.Add(ban);
                places.Add(index);
            }
            else
            {
                count++;
                if (dropped.Count < BanListFile.MaxReportedRejects)
                    dropped.Add(new RejectedBan(index, fault));
            }

            index++;
        }

        return new(bans.DrainToImmutable(), places.DrainToImmutable(), dropped.DrainToImmutable(), count);
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="explains">True to give the reason why it is no ban.</param>
    /// <param name="fault">The reason.</param>
    private static Ban? ReadEntry(JsonElement entry, bool explains, out string fault)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            return Fail("it is not an object", out fault);
        try
        {
            return ReadObject(entry, explains, out fault);
        }
        catch (FormatException exception)
        {
            return Fail(exception.Message, out fault);
        }
        catch (InvalidOperationException)
        {
            return Fail(NameIsNoText, out fault);
        }
    }

    private static Ban? ReadObject(JsonElement entry, bool explains, out string fault)
    {
        fault = string.Empty;
        if (TryGet(entry, VersionKey, out _))
        {
            if (ReadNumber(entry, VersionKey) is not { } version)
                return Fail(NoNumber(VersionKey, explains), out fault);
            if (version != Version)
                return Fail(explains ? Invariant($"its version is {version}, not {Version}") : string.Empty, out fault);
        }

        if (ReadText(entry, AddressKey) is not { } text)
            return Fail("it has no string 'address'", out fault);
        if (!BanTarget.TryParse(text, out var target))
            return Fail(explains ? BanTarget.GetError(text) : string.Empty, out fault);
        if (ReadTime(entry, CreatedKey, explains, out fault) is not { } created || ReadTime(entry, UntilKey, explains, out fault) is not { } until)
            return null;
        return new Ban(target, created, until, ReadCause(entry), ReadText(entry, CommentKey));
    }

    private static Ban? Fail(string what, out string fault)
    {
        fault = what;
        return null;
    }

    private static void WriteEntry(Utf8JsonWriter json, Ban ban)
    {
        json.WriteStartObject();
        json.WriteNumber(VersionKey, Version);
        json.WriteNumber(CreatedKey, ban.Created.ToUnixTimeSeconds());
        json.WriteNumber(UntilKey, ban.Until.ToUnixTimeSeconds());
        json.WriteString(AddressKey, ban.Target.ToString());
        foreach (var (cause, name) in Causes)
        {
            if (cause == ban.Cause)
                json.WriteString(CauseKey, name);
        }

        if (ban.Comment is { } comment)
            json.WriteString(CommentKey, comment);
        json.WriteEndObject();
    }

    /// <summary>Finds the first property with a name, as Bitcoin Core does; JsonElement finds the last.</summary>
    private static bool TryGet(JsonElement element, JsonEncodedText name, out JsonElement value)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (property.NameEquals(name.EncodedUtf8Bytes))
            {
                value = property.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    private static long? ReadNumber(JsonElement entry, JsonEncodedText name) =>
        TryGet(entry, name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    private static string NoNumber(JsonEncodedText name, bool explains) => explains ? $"it has no whole number '{name}'" : string.Empty;

    private static DateTimeOffset? ReadTime(JsonElement entry, JsonEncodedText name, bool explains, out string fault)
    {
        fault = string.Empty;
        if (ReadNumber(entry, name) is not { } seconds)
            fault = NoNumber(name, explains);
        else if (seconds < 0)
            fault = explains ? Invariant($"its '{name}' is {seconds}, before 1970") : string.Empty;
        else
            return DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, LatestSecond));
        return null;
    }

    private static BanCause ReadCause(JsonElement entry)
    {
        var text = ReadText(entry, CauseKey);
        foreach (var (cause, name) in Causes)
        {
            if (string.Equals(name.Value, text, StringComparison.Ordinal))
                return cause;
        }

        return BanCause.Unspecified;
    }

    private static string? ReadText(JsonElement entry, JsonEncodedText name)
    {
        if (!TryGet(entry, name, out var value) || value.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException exception)
        {
            throw new FormatException($"its '{name}' is not UTF-8", exception);
        }
    }
}

/// <summary>The content of a file of bans.</summary>
/// <param name="Bans">The bans.</param>
/// <param name="Places">The place of each among the entries, from 0.</param>
/// <param name="Dropped">The invalid entries, up to the maximum that is reported.</param>
/// <param name="DroppedCount">The number of all invalid entries.</param>
internal sealed record BanListContent(ImmutableArray<Ban> Bans, ImmutableArray<int> Places, ImmutableArray<RejectedBan> Dropped, int DroppedCount);
