using System.Text;
using Connmgr.Tool;

namespace Connmgr.Fuzz;

/// <summary>Configuration: of this program, of a chain, and of Bitcoin Core.</summary>
internal static class ConfigurationTargets
{
    private static readonly ImportPlaces Places = new("/data", "/data/tor.password", HasIPv6: true);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new()
        {
            Name = "chain.toml",
            Reads = "the description of a chain",
            Read = ReadChain,
            IsDocumented = static exception => exception is ChainFileException,
            MaxLength = ChainFile.MaxLength,
            MemoryPerByte = 128,
            MemoryConstant = 64 * 1024,
            MemoryReason = "a setting of 4 bytes becomes an entry; up to 40 errors quote the text",
        },
        new()
        {
            Name = "connmgr.toml",
            Reads = "the configuration of the tool",
            Read = ReadConfiguration,
            MemoryPerByte = 2048,
            MemoryConstant = 256 * 1024,
            MemoryReason = "the syntax tree of Tomlyn has an object for each token and space",
        },
        new()
        {
            Name = "bitcoin.conf",
            Reads = "the configuration of Bitcoin Core, to import",
            Read = ReadCore,
            IsDocumented = static exception => exception is ToolException,
            MaxLength = 4096,
            MemoryPerByte = 64 * 1024,
            MemoryConstant = 8 << 20,
            MemoryReason = "each value is judged by a new command line",
        },
    ];

    private static ChainParameters ReadChain(ReadOnlyMemory<byte> input)
    {
        var chain = ChainFile.Parse(Encoding.UTF8.GetString(input.Span), "chain.toml");
        FuzzFailure.Unless(chain.Magic.Length == 4 && chain.DefaultPort is > 0 and <= ushort.MaxValue && chain.Name.Length > 0, "a chain has a name, a magic and a port");
        return chain;
    }

    private static object? ReadConfiguration(ReadOnlyMemory<byte> input)
    {
        var file = ConfigurationFile.Parse(TextFile.From(input).ToString(), "connmgr.toml");
        FuzzFailure.Unless(file.Entries.All(static entry => entry.Key is not null && !entry.Values.IsDefault), "an entry has a key and values");
        return FuzzTarget.Taken(file.Errors.Count == 0 && file.Entries.Count > 0);
    }

    private static object? ReadCore(ReadOnlyMemory<byte> input)
    {
        var file = CoreFile.Parse(TextFile.From(input).ToString(), "bitcoin.conf");
        if (!file.Errors.IsEmpty)
            return null;
        _ = file.GetIncluded(CoreImport.ChooseNetwork(file).Section).Count();
        var import = CoreImport.Create(file, Places);
        var text = string.Join('\n', ImportedText.Format(import, "bitcoin.conf"));
        var written = ConfigurationFile.Parse(text, "connmgr.toml");
        FuzzFailure.Unless(written.Errors.Count == 0, "what is imported is a configuration without errors");
        return FuzzTarget.Taken(import.Networks.Any(static network => !network.Settings.IsEmpty));
    }
}
