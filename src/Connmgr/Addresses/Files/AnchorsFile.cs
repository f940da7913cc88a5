using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// The file of the peers to connect to first after a restart: anchors.dat of Bitcoin Core. Anchors keep an attacker who can force a restart
/// from gaining a new choice of all peers. The file is written at a clean stop, and read and deleted at the start, so that anchors that crash
/// the program do so only once.
/// </summary>
internal static class AnchorsFile
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "anchors.dat";

    /// <summary>The maximum number of anchors.</summary>
    public const int MaxAnchors = 2;

    private const int MaxLength = 1 << 20;

    /// <summary>Reads the anchors and deletes the file. Renames a damaged file (anchors.dat.bad, ...).</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain: <see cref="ChainParameters.Magic"/>.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The anchors, at most <see cref="MaxAnchors"/>; none if there is no file.</returns>
    /// <exception cref="IOException">The file exists but cannot be read, deleted or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static async Task<LoadedAnchors> ReadAndDeleteAsync(
        string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.DeleteLeftovers(path);
        if (!File.Exists(path))
            return new([]);
        try
        {
            var bytes = await SealedBytes.ReadFileAsync(path, MaxLength, cancellationToken).ConfigureAwait(false);
            var anchors = AnchorsFormat.Read(path, bytes.Span, SealedBytes.Check(magic.AsSpan()));
            File.Delete(path);
            return new(anchors);
        }
        catch (AddressFileException damage)
        {
            return new([], damage, AtomicFile.SetAside(path));
        }
    }

    /// <summary>Writes the anchors, as safely as <see cref="PeersFile.SaveAsync"/> writes a book.</summary>
    /// <param name="anchors">The anchors, at most <see cref="MaxAnchors"/>.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Cancels the writing; the file is then unchanged.</param>
    /// <returns>A task that completes when the file is written.</returns>
    /// <exception cref="ArgumentException">There are too many anchors.</exception>
    /// <exception cref="IOException">The file cannot be written; it is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static Task SaveAsync(
        IReadOnlyCollection<PeerAddress> anchors, string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(anchors);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (anchors.Count > MaxAnchors)
            throw new ArgumentException($"There are {anchors.Count} anchors; the maximum is {MaxAnchors}. Leave the others out.", nameof(anchors));
        var content = AnchorsFormat.Write(anchors, SealedBytes.Check(magic.AsSpan()));
        return NamedFile.WriteAsync(path, content, cancellationToken: cancellationToken);
    }
}

/// <summary>The anchors that <see cref="AnchorsFile.ReadAndDeleteAsync"/> read.</summary>
/// <param name="Anchors">The anchors; none if there is no file or it is damaged.</param>
/// <param name="Error">The reason why the file could not be read, for a message; null if it was read or does not exist.</param>
/// <param name="QuarantinePath">The path to which the damaged file was renamed; null without damage.</param>
internal sealed record LoadedAnchors(ImmutableArray<PeerAddress> Anchors, AddressFileException? Error = null, string? QuarantinePath = null);
