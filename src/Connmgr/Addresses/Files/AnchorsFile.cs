using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// The file of the peers to connect to first after a restart: anchors.dat of Bitcoin Core. Someone who can make a program restart must not
/// gain a new choice of all its peers by that. Written at a clean stop; taken, that is read and removed, at the start, so that anchors that
/// crash a program do so once.
/// </summary>
internal static class AnchorsFile
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "anchors.dat";

    /// <summary>The most anchors that are kept.</summary>
    public const int MaxAnchors = 2;

    private const int MaxLength = 1 << 20;

    /// <summary>Reads the anchors and removes the file. A damaged one is set aside (anchors.dat.bad, ...).</summary>
    /// <param name="path">The file.</param>
    /// <param name="magic">The magic of the chain: <see cref="ChainParameters.Magic"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The anchors, <see cref="MaxAnchors"/> at most; none when there is no file.</returns>
    /// <exception cref="IOException">The file is there but cannot be read, removed or renamed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
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
    /// <param name="anchors">The anchors, <see cref="MaxAnchors"/> at most.</param>
    /// <param name="path">The file.</param>
    /// <param name="magic">The magic of the chain.</param>
    /// <param name="cancellationToken">Ends the writing; the file is then as it was.</param>
    /// <returns>A task that ends when the file is written.</returns>
    /// <exception cref="ArgumentException">There are too many anchors.</exception>
    /// <exception cref="IOException">The file cannot be written; it is then as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static Task SaveAsync(
        IReadOnlyCollection<PeerAddress> anchors, string path, ImmutableArray<byte> magic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(anchors);
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (anchors.Count > MaxAnchors)
            throw new ArgumentException($"There are {anchors.Count} anchors; {MaxAnchors} is the most. Leave the others out.", nameof(anchors));
        var content = AnchorsFormat.Write(anchors, SealedBytes.Check(magic.AsSpan()));
        return NamedFile.WriteAsync(path, content, cancellationToken: cancellationToken);
    }
}

/// <summary>The anchors that <see cref="AnchorsFile.ReadAndDeleteAsync"/> read.</summary>
/// <param name="Anchors">The anchors; none when there is no file or it is damaged.</param>
/// <param name="Error">The reason why the file could not be read, for a message; null when it could, or when there is none.</param>
/// <param name="QuarantinePath">The name that the damaged file has now; null without damage.</param>
internal sealed record LoadedAnchors(ImmutableArray<PeerAddress> Anchors, AddressFileException? Error = null, string? QuarantinePath = null);
