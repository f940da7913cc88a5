using System.Security.Cryptography;
using System.Text;
using Connmgr.Bitcoin;
using Connmgr.Testing;

namespace Connmgr.Tool;

/// <summary>A file of addresses from elsewhere: a peers.dat of Bitcoin Core, or a text with an address on each line.</summary>
internal sealed class AddressFile
{
    public const string PeersDat = "peers.dat";
    public const string Text = "text";

    private const int MostInvalidLines = 5;

    /// <summary>What Bitcoin Core's addpeeraddress takes for granted of an address that a user names.</summary>
    private const ulong UserServices = (ulong)(NodeServices.Network | NodeServices.Witness);

    private readonly List<AddressEntry> _entries = [];
    private readonly List<int> _invalidLines = [];

    private AddressFile(string format) => Format = format;

    /// <summary><see cref="PeersDat"/> or <see cref="Text"/>.</summary>
    public string Format { get; }

    /// <summary>The addresses, none twice.</summary>
    public IReadOnlyList<AddressEntry> Entries => _entries;

    /// <summary>How many lines are no address.</summary>
    public int Invalid { get; private set; }

    /// <summary>The numbers of the first of them.</summary>
    public IReadOnlyList<int> InvalidLines => _invalidLines;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="chain">The chain that it must be of; its port is the default of a text.</param>
    /// <param name="timeProvider">The clock: the addresses of a text are taken to be seen now.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ToolException">It can't be read.</exception>
    public static async Task<AddressFile> ReadAsync(
        string path, ChainParameters chain, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        try
        {
            return await ChainOfAsync(path, cancellationToken).ConfigureAwait(false) is null
                ? await ReadTextAsync(path, (ushort)chain.DefaultPort, timeProvider.GetUtcNow(), cancellationToken).ConfigureAwait(false)
                : await ReadPeersDatAsync(path, chain, cancellationToken).ConfigureAwait(false);
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

    /// <summary>The chain of a peers.dat, by the magic that it begins with.</summary>
    /// <returns>Null when the file is none.</returns>
    public static async Task<ChainParameters?> ChainOfAsync(string path, CancellationToken cancellationToken)
    {
        var start = new byte[4];
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return ((IEnumerable<ChainParameters>)[.. ChainParameters.All, SandboxNetwork.Chain]).FirstOrDefault(chain => chain.Magic.AsSpan().SequenceEqual(start));
        }
    }

    /// <summary>Writes a text, an address a line: into a temporary file that then takes its place.</summary>
    public static async Task WriteTextAsync(string path, IEnumerable<AddressEntry> entries, CancellationToken cancellationToken)
    {
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp";
        try
        {
            await File.WriteAllLinesAsync(temporary, entries.Select(entry => entry.EndPoint.ToString()), cancellationToken).ConfigureAwait(false);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static async Task<AddressFile> ReadPeersDatAsync(string path, ChainParameters chain, CancellationToken cancellationToken)
    {
        var file = new AddressFile(PeersDat);
        file._entries.AddRange((await PeersFile.LoadAsync(path, chain.Magic, options: null, cancellationToken).ConfigureAwait(false)).GetEntries());
        return file;
    }

    private static async Task<AddressFile> ReadTextAsync(string path, ushort defaultPort, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (new FileInfo(path).Length > PeersFile.MaxLength)
            throw new IOException($"it has more than {PeersFile.MaxLength >> 20} MiB.");
        var (file, number, known) = (new AddressFile(Text), 0, new HashSet<NetworkEndPoint>());
        await foreach (var line in File.ReadLinesAsync(path, Encoding.UTF8, cancellationToken).ConfigureAwait(false))
        {
            number++;
            if (line.AsSpan().Trim() is { IsEmpty: false } text && text[0] != '#')
                file.Add(text, number, defaultPort, now, known);
        }

        return file;
    }

    private void Add(ReadOnlySpan<char> text, int number, ushort defaultPort, DateTimeOffset now, HashSet<NetworkEndPoint> known)
    {
        if (!NetworkEndPoint.TryParse(text, defaultPort, out var endPoint))
        {
            Invalid++;
            if (_invalidLines.Count < MostInvalidLines)
                _invalidLines.Add(number);
        }
        else if (known.Add(endPoint))
        {
            _entries.Add(new AddressEntry { Address = new PeerAddress(endPoint, UserServices, now), Source = endPoint.Address });
        }
    }
}
