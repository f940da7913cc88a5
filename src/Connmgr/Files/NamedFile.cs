using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Connmgr;

/// <summary>
/// Reads and writes the files that a user or Tor names, which may be anything: a pipe that never ends, a device that would be
/// replaced by a file, a link. All files that are read whole or replaced whole go through here.
/// </summary>
internal static class NamedFile
{
    private const int LeastBuffer = 4096;
    private const int MostAtOnce = 1 << 20;

    private static readonly TimeSpan PauseOfPipe = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Reads a regular file, following links, of at most so many bytes. The system's word about its length is not trusted: it is 0 for
    /// files that the kernel makes as they are read. Runs on the thread pool.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="maximum">The most bytes that it may have. No more than one beyond is read.</param>
    /// <param name="cancellationToken">Ends the waiting, also where a file system hangs.</param>
    /// <exception cref="FileTooLongException">It has more.</exception>
    /// <exception cref="IOException">It cannot be read: it is not there, or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    /// <exception cref="ArgumentException">The path is none.</exception>
    public static Task<ReadOnlyMemory<byte>> ReadAsync(string path, int maximum, CancellationToken cancellationToken) =>
        Task.Run(() => Read(Path.GetFullPath(path), maximum, mayHaveMore: false, cancellationToken), cancellationToken).WaitAsync(cancellationToken);

    /// <summary>Reads the first bytes of a regular file, as <see cref="ReadAsync"/> does.</summary>
    /// <param name="path">The file.</param>
    /// <param name="count">The number of bytes; fewer when the file has fewer.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="IOException">It cannot be read: it is not there, or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    /// <exception cref="ArgumentException">The path is none.</exception>
    public static Task<ReadOnlyMemory<byte>> ReadStartAsync(string path, int count, CancellationToken cancellationToken) =>
        Task.Run(() => Read(Path.GetFullPath(path), count, mayHaveMore: true, cancellationToken), cancellationToken).WaitAsync(cancellationToken);

    /// <summary>
    /// Writes a file whole. A regular file is replaced as <see cref="AtomicFile"/> does and keeps its owner and permissions; a link is
    /// followed, and what it leads to is replaced; a pipe or a character device is written into.
    /// </summary>
    /// <param name="path">The file. Its folder must be there.</param>
    /// <param name="content">Its content.</param>
    /// <param name="newMode">The permissions of a file that was not there; null for its owner alone.</param>
    /// <param name="cancellationToken">Ends the writing; a file that is replaced is then as it was.</param>
    /// <exception cref="IOException">It cannot be written: it is a directory or a disk, or there is no room.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, UnixFileMode? newMode = null, CancellationToken cancellationToken = default)
    {
        var full = Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
        {
            await AtomicFile.WriteAsync(full, content, cancellationToken: cancellationToken).ConfigureAwait(false);
            return;
        }

        switch (UnixFile.Describe(full))
        {
            case null:
                await AtomicFile.WriteAsync(Target(full), content, target: new(newMode), cancellationToken: cancellationToken).ConfigureAwait(false);
                break;
            case { Kind: FileKind.Regular or FileKind.Unknown } facts when !IsDescriptor(full):
                await AtomicFile.WriteAsync(Target(full), content, target: new(facts), cancellationToken: cancellationToken).ConfigureAwait(false);
                break;
            case { Kind: FileKind.Pipe or FileKind.CharacterDevice or FileKind.Regular }:
                await WriteIntoAsync(full, content, cancellationToken).ConfigureAwait(false);
                break;
            case { } other:
                throw new IOException($"'{full}' is {GetName(other.Kind)}, which is not written to: name a file.");
        }
    }

    /// <summary>Gets what a link leads to, which need not be there; the path itself when it is no link.</summary>
    public static string Target(string path) =>
        new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    /// <summary>Reads a short file of this program at once, as <see cref="ReadAsync"/> does.</summary>
    /// <param name="path">The full path of the file.</param>
    /// <param name="maximum">The most bytes that it may have.</param>
    /// <exception cref="IOException">It cannot be read: it is not there, has more bytes, or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static ReadOnlyMemory<byte> Read(string path, int maximum) => Read(path, maximum, mayHaveMore: false, CancellationToken.None);

    private static ReadOnlyMemory<byte> Read(string path, int maximum, bool mayHaveMore, CancellationToken cancellationToken)
    {
        using var handle = OpenToRead(path);
        var length = RandomAccess.GetLength(handle);
        if (length > maximum && !mayHaveMore)
            throw new FileTooLongException(path, maximum);
        var (buffer, used) = (new byte[Math.Min(Math.Max(length, LeastBuffer), maximum) + 1], 0);
        while (used <= maximum)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (used == buffer.Length)
                Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, maximum + 1L));
            var count = RandomAccess.Read(handle, buffer.AsSpan(used, Math.Min(buffer.Length - used, MostAtOnce)), used);
            if (count == 0)
                return buffer.AsMemory(0, used);
            used += count;
        }

        return mayHaveMore ? buffer.AsMemory(0, maximum) : throw new FileTooLongException(path, maximum);
    }

    /// <summary>
    /// Opens a file to be read, checked before, since opening a device can have effects, and after, since another file may be there by
    /// then.
    /// </summary>
    private static SafeFileHandle OpenToRead(string path)
    {
        if (OperatingSystem.IsWindows())
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (UnixFile.Describe(path) is { } facts)
            RequireRegular(path, facts.Kind);
        var handle = UnixFile.OpenToRead(path);
        try
        {
            RequireRegular(path, UnixFile.Describe(handle, path).Kind);
            return handle;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static void RequireRegular(string path, FileKind kind)
    {
        if (kind is not (FileKind.Regular or FileKind.Unknown))
            throw new IOException($"'{path}' is {GetName(kind)}, not a regular file: save its content as a file, and name that.");
    }

    private static string GetName(FileKind kind) => kind switch
    {
        FileKind.Directory => "a directory",
        FileKind.Pipe => "a pipe",
        FileKind.CharacterDevice => "a device",
        FileKind.BlockDevice => "a disk",
        FileKind.Socket => "a socket",
        _ => "no file",
    };

    /// <summary>
    /// Determines whether a path names an open file of a process, such as /dev/stdout. Another program opened it and continues there, so
    /// it is appended to, not replaced.
    /// </summary>
    private static bool IsDescriptor(string path) =>
        path is "/dev/stdout" or "/dev/stderr"
        || path.StartsWith("/dev/fd/", StringComparison.Ordinal)
        || (path.StartsWith("/proc/", StringComparison.Ordinal) && path.Contains("/fd/", StringComparison.Ordinal));

    [UnsupportedOSPlatform("windows")]
    private static async Task WriteIntoAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var handle = UnixFile.OpenToAppend(path);
        while (!content.IsEmpty)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var written = UnixFile.Write(handle, content.Span, path);
            content = content[written..];
            if (written == 0)
                await Task.Delay(PauseOfPipe, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>A file is longer than what it should hold can be.</summary>
#pragma warning disable CA1032, RCS1194 // An exception without path and limit would say too little.
internal sealed class FileTooLongException(string path, int maximum)
    : IOException(Invariant($"'{path}' has more than {maximum} bytes, which is the most for such a file."));
#pragma warning restore CA1032, RCS1194
