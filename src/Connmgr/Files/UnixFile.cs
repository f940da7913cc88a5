using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Connmgr;

/// <summary>
/// The system calls of Unix that .NET does not offer: the kind and the owner of a file, and opening and writing without waiting for the
/// other end of a pipe.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static partial class UnixFile
{
    private const int NotFound = 2; // ENOENT
    private const int NotADirectory = 20; // ENOTDIR
    private const int NoReader = 6; // ENXIO
    private const int NotPermitted = 1; // EPERM
    private const int AccessDenied = 13; // EACCES
    private const int Interrupted = 4; // EINTR
    private const int NotImplemented = 38; // ENOSYS of Linux

    /// <summary>EAGAIN.</summary>
    private static int TryAgain => OperatingSystem.IsLinux() ? 11 : 35;

    private static int NonBlocking => OperatingSystem.IsLinux() ? 0x800 : 0x4;

    private static int CloseOnExec => OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    private static int NoTerminal => OperatingSystem.IsLinux() ? 0x100 : 0x20000;

    private static int Append => OperatingSystem.IsLinux() ? 0x400 : 0x8;

    /// <summary>Gets the facts about the file that a path leads to, following links.</summary>
    /// <param name="path">The path.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="IOException">The system does not say.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be asked.</exception>
    public static FileFacts? Describe(string path)
    {
        var failure = OperatingSystem.IsLinux() ? LinuxFacts(path, out var facts) : DarwinFacts(path, out facts);
        return failure switch
        {
            0 => facts,
            NotFound or NotADirectory => null,
            NotImplemented or NotPermitted when OperatingSystem.IsLinux() => Guess(path),
            _ => throw Failure(path, failure),
        };
    }

    /// <summary>Gets the facts about an open file.</summary>
    public static FileFacts Describe(SafeFileHandle handle, string path)
    {
        var failure = OperatingSystem.IsLinux() ? LinuxFacts(handle, out var facts) : DarwinFacts(handle, out facts);
        return failure switch
        {
            0 => facts,
            NotImplemented or NotPermitted when OperatingSystem.IsLinux() => default,
            _ => throw Failure(path, failure),
        };
    }

    /// <summary>Opens a file to be read, without waiting for the writer of a pipe.</summary>
    public static SafeFileHandle OpenToRead(string path) => Open(path, NonBlocking | CloseOnExec | NoTerminal);

    /// <summary>Opens a file to be written to at its end, without waiting for the reader of a pipe.</summary>
    public static SafeFileHandle OpenToAppend(string path) => Open(path, 1 | Append | NonBlocking | CloseOnExec | NoTerminal);

    /// <summary>Writes what is taken at once.</summary>
    /// <returns>The number of bytes; 0 when the other end takes none at the moment.</returns>
    public static int Write(SafeFileHandle handle, ReadOnlySpan<byte> content, string path)
    {
        var written = WriteTo(handle, content, (nuint)content.Length);
        if (written >= 0)
            return (int)written;
        var failure = Marshal.GetLastPInvokeError();
        return failure == TryAgain || failure == Interrupted ? 0 : throw Failure(path, failure);
    }

    /// <summary>Gives an open file to the owner and group of another, as far as the system lets us.</summary>
    public static void TryGiveTo(SafeFileHandle handle, FileFacts other) => _ = ChangeOwner(handle, other.Owner, other.Group);

    /// <summary>Gets the id of the user that this process acts for.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    private static SafeFileHandle Open(string path, int flags)
    {
        var handle = OpenPath(path, flags);
        if (!handle.IsInvalid)
            return handle;
        var failure = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw Failure(path, failure);
    }

    private static Exception Failure(string path, int code) => code switch
    {
        NotFound => new FileNotFoundException($"Could not find file '{path}'.", path),
        NotADirectory => new DirectoryNotFoundException($"Could not find a part of the path '{path}'."),
        NotPermitted or AccessDenied => new UnauthorizedAccessException($"Access to the path '{path}' is denied."),
        NoReader => new IOException($"no process reads from '{path}'; start a reader first."),
        _ => new IOException($"{Marshal.GetPInvokeErrorMessage(code)}: '{path}'"),
    };

    /// <summary>Uses .NET's facts, for kernels without statx and sandboxes that forbid it.</summary>
    private static FileFacts? Guess(string path) => File.Exists(path) ? new FileFacts(FileKind.Unknown, File.GetUnixFileMode(path), EffectiveUser(), 0)
        : Directory.Exists(path) ? new FileFacts(FileKind.Directory, File.GetUnixFileMode(path), EffectiveUser(), 0)
        : null;

    // struct statx is the same on each architecture, which struct stat is not: mode at 28, owner at 20, group at 24.
    private static int LinuxFacts(string path, out FileFacts facts)
    {
        const int currentDirectory = -100;
        Span<byte> buffer = stackalloc byte[256];
        var isDone = StatPath(currentDirectory, path, 0, StatxBasic, buffer) == 0;
        return OfStatx(isDone, buffer, out facts);
    }

    private static int LinuxFacts(SafeFileHandle handle, out FileFacts facts)
    {
        const int emptyPath = 0x1000;
        Span<byte> buffer = stackalloc byte[256];
        var isDone = StatHandle(handle, string.Empty, emptyPath, StatxBasic, buffer) == 0;
        return OfStatx(isDone, buffer, out facts);
    }

    private static int OfStatx(bool isDone, ReadOnlySpan<byte> buffer, out FileFacts facts)
    {
        facts = isDone ? FileFacts.FromMode(BitConverter.ToUInt16(buffer[28..]), BitConverter.ToUInt32(buffer[20..]), BitConverter.ToUInt32(buffer[24..])) : default;
        return isDone ? 0 : Marshal.GetLastPInvokeError();
    }

    // struct stat with 64-bit inodes: mode at 4, owner at 16, group at 20.
    private static int DarwinFacts(string path, out FileFacts facts)
    {
        Span<byte> buffer = stackalloc byte[256];
        var isDone = (RuntimeInformation.ProcessArchitecture == Architecture.X64 ? StatPathOfX64(path, buffer) : StatPathOfArm(path, buffer)) == 0;
        return OfStat(isDone, buffer, out facts);
    }

    private static int DarwinFacts(SafeFileHandle handle, out FileFacts facts)
    {
        Span<byte> buffer = stackalloc byte[256];
        var isDone = (RuntimeInformation.ProcessArchitecture == Architecture.X64 ? StatHandleOfX64(handle, buffer) : StatHandleOfArm(handle, buffer)) == 0;
        return OfStat(isDone, buffer, out facts);
    }

    private static int OfStat(bool isDone, ReadOnlySpan<byte> buffer, out FileFacts facts)
    {
        facts = isDone
            ? FileFacts.FromMode(
                BinaryPrimitives.ReadUInt16LittleEndian(buffer[4..]),
                BinaryPrimitives.ReadUInt32LittleEndian(buffer[16..]),
                BinaryPrimitives.ReadUInt32LittleEndian(buffer[20..]))
            : default;
        return isDone ? 0 : Marshal.GetLastPInvokeError();
    }

    private const uint StatxBasic = 0x7ff;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenPath(string path, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteTo(SafeFileHandle handle, ReadOnlySpan<byte> content, nuint length);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(SafeFileHandle handle, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatPath(int folder, string path, int flags, uint mask, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatHandle(SafeFileHandle handle, string path, int flags, uint mask, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatPathOfX64(string path, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatPathOfArm(string path, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "fstat$INODE64", SetLastError = true)]
    private static partial int StatHandleOfX64(SafeFileHandle handle, Span<byte> buffer);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static partial int StatHandleOfArm(SafeFileHandle handle, Span<byte> buffer);
}
