using System.Globalization;
using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>The file descriptors of this process at one moment: connections and open files take one each.</summary>
/// <param name="Limit">
/// The number that the process may have open: the soft limit, which .NET raises to the hard one when it starts. Null if there is none, or
/// the system does not report it, as Windows.
/// </param>
/// <param name="Open">The number that is open; <see cref="EstimatedOpen"/> where the system does not report it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileDescriptorUsage(long? Limit, long Open)
{
    /// <summary>
    /// The number of open files that is assumed where the system does not report it: 200, those of a .NET program that serves HTTP. Measured
    /// on Linux: 93 for <c>connmgr run</c> with a listener, most of them assemblies, and 184 with its dashboard.
    /// </summary>
    public const int EstimatedOpen = 200;

    /// <summary>Reads the limit and the number of open descriptors. Takes well below a millisecond; does not throw.</summary>
    /// <returns>The current values of this process.</returns>
    public static FileDescriptorUsage GetCurrent() => new(ReadLimit(), ReadOpen());

    private static long? ReadLimit() =>
        OperatingSystem.IsLinux() ? ReadProc() : OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD() ? ResourceLimit.OpenFiles() : null;

    private static long ReadOpen()
    {
        try
        {
            if (OperatingSystem.IsLinux())
                return Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount() - 1; // Without the one that this enumeration uses.
            if (OperatingSystem.IsMacOS())
                return Directory.EnumerateFileSystemEntries("/dev/fd").LongCount() - 1;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // There is no /proc (a sandbox), or no descriptor is left to read it.
        }

        return EstimatedOpen;
    }

    private static long? ReadProc()
    {
        const string Name = "Max open files";
        try
        {
            foreach (var line in File.ReadLines("/proc/self/limits"))
            {
                if (line.StartsWith(Name, StringComparison.Ordinal))
                    return Parse(line.AsSpan(Name.Length));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // As above.
        }

        return null;
    }

    /// <summary>Reads the first of the columns; null for "unlimited".</summary>
    private static long? Parse(ReadOnlySpan<char> columns)
    {
        columns = columns.TrimStart();
        var end = columns.IndexOf(' ');
        return long.TryParse(end < 0 ? columns : columns[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : null;
    }
}
