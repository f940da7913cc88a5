using System.Text;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Tool;

/// <summary>A file of addresses to import: a peers.dat of Bitcoin Core, or a text with one address per line.</summary>
internal sealed class AddressFile
{
    public const string PeersDat = "peers.dat";
    public const string Text = "text";

    private const int MagicLength = 4;
    private const int MaxInvalidLines = 5;

    /// <summary>The most addresses of a file. A book has places for 81,920.</summary>
    private const int MaxEntries = 500_000;

    /// <summary>The service bits of an address that a user names, as in Bitcoin Core's addpeeraddress.</summary>
    private const ulong UserServices = (ulong)(NodeServices.Network | NodeServices.Witness);

    private const UnixFileMode ForAll =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly List<AddressEntry> _entries = [];
    private readonly List<int> _invalidLines = [];

    private AddressFile(string format) => Format = format;

    /// <summary><see cref="PeersDat"/> or <see cref="Text"/>.</summary>
    public string Format { get; }

    /// <summary>The addresses, without duplicates.</summary>
    public IReadOnlyList<AddressEntry> Entries => _entries;

    /// <summary>The number of lines that are not addresses.</summary>
    public int Invalid { get; private set; }

    /// <summary>The numbers of the first of these lines.</summary>
    public IReadOnlyList<int> InvalidLines => _invalidLines;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="chain">The chain to which the addresses must belong. Its port is the default port in a text.</param>
    /// <param name="timeProvider">The clock. The addresses of a text count as seen now.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="ToolException">The file can't be read.</exception>
    public static async Task<AddressFile> ReadAsync(
        string path, ChainParameters chain, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        try
        {
            if (await ReadChainAsync(path, chain, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                var text = await TextFile.ReadAsync(path, PeersFile.MaxLength, cancellationToken).ConfigureAwait(false);
                return ReadText(path, text, chain, timeProvider.GetUtcNow());
            }

            if (!string.Equals(found.Name, chain.Name, StringComparison.Ordinal))
            {
                throw new ToolException(
                    $"'{path}' has addresses of {found.Name}, and the book is of {chain.Name}: import it with --network {found.Name} " +
                    $"while no run uses the directory, or into a run on {found.Name}.");
            }

            var file = new AddressFile(PeersDat);
            file._entries.AddRange((await PeersFile.LoadAsync(path, chain.Magic, options: null, cancellationToken).ConfigureAwait(false)).GetEntries());
            return file;
        }
        catch (AddressFileException exception)
        {
            throw new ToolException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read '{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Reads the chain of a peers.dat from the magic at its start.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">The chain of a chain file, which is not known otherwise; null for none.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The chain; null when the file is not a peers.dat.</returns>
    public static async Task<ChainParameters?> ReadChainAsync(string path, ChainParameters? expected, CancellationToken cancellationToken)
    {
        var start = await NamedFile.ReadStartAsync(path, MagicLength, cancellationToken).ConfigureAwait(false);
        return ((IEnumerable<ChainParameters>)[.. expected is null ? [] : (ChainParameters[])[expected], .. ChainParameters.All, SandboxNetwork.Chain]).FirstOrDefault(chain => chain.Magic.AsSpan().SequenceEqual(start.Span));
    }

    /// <summary>Writes a text with one address per line.</summary>
    public static Task WriteTextAsync(string path, IEnumerable<AddressEntry> entries, CancellationToken cancellationToken) => NamedFile.WriteAsync(
        path, Encoding.UTF8.GetBytes(string.Concat(entries.Select(entry => $"{entry.EndPoint}\n"))), ForAll, cancellationToken);

    private static AddressFile ReadText(string path, TextFile text, ChainParameters chain, DateTimeOffset now)
    {
        if (text.Utf8.IsEmpty)
            throw new ToolException($"'{path}' is empty: there is nothing to import.");
        if (text.IsBinary)
            throw new ToolException($"'{path}' is neither a text nor a peers.dat of a known network: it starts with {Convert.ToHexStringLower(text.Utf8.Span[..Math.Min(text.Utf8.Length, MagicLength)])}.");
        var (file, known) = (new AddressFile(Text), new HashSet<NetworkEndPoint>());
        foreach (var line in text.Lines())
        {
            file.Add(line, (ushort)chain.DefaultPort, now, known);
            if (known.Count > MaxEntries)
                throw new ToolException($"'{path}' has more than {MaxEntries} addresses, which do not fit into any book: leave some out.");
        }

        return file;
    }

    private void Add(TextLine line, ushort defaultPort, DateTimeOffset now, HashSet<NetworkEndPoint> known)
    {
        if (!AddressLine.TryParse(line.Text, defaultPort, out var endPoint))
        {
            Invalid++;
            if (_invalidLines.Count < MaxInvalidLines)
                _invalidLines.Add(line.Number);
        }
        else if (known.Add(endPoint))
        {
            _entries.Add(new AddressEntry { Address = new PeerAddress(endPoint, UserServices, now), Source = endPoint.Address });
        }
    }
}
