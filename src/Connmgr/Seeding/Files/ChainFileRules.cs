using System.Collections.Immutable;

namespace Connmgr;

/// <summary>The meaning of the keys of a <see cref="ChainFile"/>. Collects all errors. Pure; for one file.</summary>
/// <param name="source">The name of the file.</param>
internal sealed class ChainFileRules(string source)
{
    private const string NameKey = "name";
    private const string TitleKey = "title";
    private const string MagicKey = "magic";
    private const string PortKey = "port";
    private const string SeedsKey = "dns-seeds";
    private const string VersionKey = "min-protocol-version";
    private const string ServicesKey = "required-services";
    private const string PayloadKey = "max-payload";
    private const string ChallengeKey = "signet-challenge";

    private const int MaxErrors = 40;
    private const int MaxNameLength = 64;
    private const int MaxHostLength = 253 - 6; // Queries put x and service bits, such as x809, and a dot before the name.
    private const int MaxSeeds = 64;
    private const int MaxChallengeLength = ChainParameters.MaxChallengeLength;

    private static readonly string[] Keys = [NameKey, TitleKey, MagicKey, PortKey, SeedsKey, VersionKey, ServicesKey, PayloadKey, ChallengeKey];

    /// <summary>The names that mean a known network here or in Bitcoin Core: data and settings of two chains would mix.</summary>
    private static readonly string[] TakenNames =
        [.. ChainParameters.All.Select(static chain => chain.Name), "sandbox", "main", "test", "testnet", "testnet3"];

    private readonly List<string> _errors = [];

    /// <summary>Reads the entries of a file.</summary>
    /// <exception cref="ChainFileException">There are errors.</exception>
    public ChainParameters Read(FlatToml toml)
    {
        foreach (var error in toml.Errors)
            Fail(error.Line, error.Message);
        foreach (var unknown in toml.Entries.Where(static entry => !Keys.Contains(entry.Key, StringComparer.Ordinal)))
            Fail(unknown.Line, $"{Excerpt.Create(unknown.Key)} is not a setting: {(NearestText.Find(unknown.Key, Keys) is { } near ? $"did you mean {near}" : $"use {string.Join(", ", Keys)}")}");

        var entries = toml.Entries.ToDictionary(static entry => entry.Key, StringComparer.Ordinal);
        var challenge = ReadChallenge(entries.GetValueOrDefault(ChallengeKey));
        var isSignet = entries.ContainsKey(ChallengeKey);
        Require(entries, NameKey, "name = \"litecoin\"");
        if (!isSignet)
        {
            Require(entries, MagicKey, "magic = \"fbc0b6db\"");
            Require(entries, PortKey, "port = 9333");
        }

        var chain = new ChainParameters
        {
            Name = ReadName(entries.GetValueOrDefault(NameKey)),
            Title = ReadTitle(entries.GetValueOrDefault(TitleKey)),
            Magic = ReadMagic(entries.GetValueOrDefault(MagicKey), challenge),
            DefaultPort = (int)ReadNumber(entries.GetValueOrDefault(PortKey), 1, ushort.MaxValue, ChainParameters.Signet.DefaultPort),
            DnsSeeds = ReadSeeds(entries.GetValueOrDefault(SeedsKey)),
            MinProtocolVersion = (int)ReadNumber(entries.GetValueOrDefault(VersionKey), 0, int.MaxValue, 0),
            RequiredServices = ReadServices(entries.GetValueOrDefault(ServicesKey)),
            MaxPayloadLength = (int)ReadNumber(
                entries.GetValueOrDefault(PayloadKey), ChainParameters.LeastMaxPayloadLength, ChainParameters.GreatestMaxPayloadLength, ChainParameters.DefaultMaxPayloadLength),
        };
        return _errors.Count == 0 ? chain : throw new ChainFileException([.. _errors.Take(MaxErrors)]);
    }

    private static bool IsName(string text) =>
        text.Length is > 0 and <= MaxNameLength && text.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '_');

    private static bool IsHost(string text) => text.Length is > 0 and <= MaxHostLength && !text.EndsWith('.')
        && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.') && Uri.CheckHostName(text) == UriHostNameType.Dns;

    private void Require(Dictionary<string, FlatTomlEntry> entries, string key, string example)
    {
        if (!entries.ContainsKey(key))
            _errors.Add($"{source}: {key} is missing: add {example}, for example.");
    }

    private string ReadName(FlatTomlEntry? entry)
    {
        if (entry is null || GetText(entry) is not { } name)
            return string.Empty;
        if (!IsName(name))
            Fail(entry, name, $"use 1 to {MaxNameLength} lower-case letters, digits, '-' and '_'");
        else if (TakenNames.Contains(name, StringComparer.Ordinal))
            Fail(entry, name, "that is the name of a known network, so choose another one");
        return name;
    }

    private string? ReadTitle(FlatTomlEntry? entry)
    {
        if (entry is null || GetText(entry) is not { } title)
            return null;
        if (title.Length is 0 or > MaxNameLength || title.Any(static letter => char.IsControl(letter) || char.GetUnicodeCategory(letter) is System.Globalization.UnicodeCategory.Format))
            Fail(entry, title, $"use 1 to {MaxNameLength} printable characters");
        return title;
    }

    private ImmutableArray<byte> ReadMagic(FlatTomlEntry? entry, ImmutableArray<byte>? challenge)
    {
        ImmutableArray<byte> computed = challenge is { } script ? ChainParameters.ComputeSignetMagic(script.AsSpan()) : [0, 0, 0, 0];
        if (entry is null || GetText(entry) is not { } text)
            return computed;
        if (text.Length != 2 * computed.Length || !text.All(char.IsAsciiHexDigit))
        {
            Fail(entry, text, "write the 4 bytes that begin each message as 8 hexadecimal digits, such as \"fbc0b6db\"");
            return computed;
        }

        ImmutableArray<byte> magic = [.. Convert.FromHexString(text)];
        if (challenge is not null && !magic.SequenceEqual(computed))
            Fail(entry, text, $"that of the {ChallengeKey} is \"{Convert.ToHexStringLower(computed.AsSpan())}\", so leave the magic out");
        return magic;
    }

    private ImmutableArray<byte>? ReadChallenge(FlatTomlEntry? entry)
    {
        if (entry is null || GetText(entry) is not { } text)
            return null;
        if (text.Length is > 0 and <= 2 * MaxChallengeLength && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit))
            return [.. Convert.FromHexString(text)];
        Fail(entry, text, $"write the script in hexadecimal digits, 1 to {MaxChallengeLength} bytes");
        return null;
    }

    private ulong ReadServices(FlatTomlEntry? entry)
    {
        if (entry is null || GetText(entry) is not { } text)
            return ServiceBits.Default;
        if (!ServiceBits.TryParse(text, out var services, out var error))
            Fail(entry, text, error);
        return services;
    }

    private long ReadNumber(FlatTomlEntry? entry, int least, int greatest, long otherwise)
    {
        if (entry is null)
            return otherwise;
        if (entry.Number is { } number && number >= least && number <= greatest)
            return number;
        var range = greatest == int.MaxValue ? Invariant($"from {least}") : Invariant($"from {least} to {greatest}");
        Fail(entry.Line, entry.Number is { } other ? Invariant($"{entry.Key} is {other}: use a number {range}") : $"{entry.Key} is no number: use one {range}, without quotes");
        return otherwise;
    }

    private ImmutableArray<DnsSeed> ReadSeeds(FlatTomlEntry? entry)
    {
        if (entry is null)
            return [];
        if ((entry.Texts ?? (entry.Text is { } one ? [one] : null)) is not { } hosts || hosts.Length > MaxSeeds)
        {
            Fail(entry.Line, $"{entry.Key} is not a list of names: write up to {MaxSeeds}, such as [\"seed.example.org\"]");
            return [];
        }

        foreach (var host in hosts.Where(static host => !IsHost(host)))
            Fail(entry, host, "use a host name without a port and without a dot at its end, such as seed.example.org");
        return [.. hosts.Select(static host => new DnsSeed(host, supportsServiceFilter: true))];
    }

    private string? GetText(FlatTomlEntry entry)
    {
        if (entry.Text is null)
            Fail(entry.Line, $"{entry.Key} is not text: write it in quotes");
        return entry.Text;
    }

    private void Fail(FlatTomlEntry entry, string value, string remedy) => Fail(entry.Line, $"{entry.Key} is '{Excerpt.Create(value)}': {remedy}");

    private void Fail(int line, string message) => _errors.Add(Invariant($"{source}:{line}: {message}."));
}
