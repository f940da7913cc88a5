using System.Globalization;
using System.Runtime.Versioning;

namespace Connmgr;

/// <summary>
/// Distinguishes a folder that no other user can change from one that others can: they could place links and files where a program writes
/// and reads. It applies OpenSSH's rules for the files of its users. Not for Windows, whose folders inherit their permissions.
/// </summary>
internal static class PrivateFolder
{
    private const uint Root = 0;

    /// <summary>The user that the kernel reports for users unknown to a namespace: in a sandbox, those of the system around it.</summary>
    private const uint Unmapped = 65534;

    private const UnixFileMode Permissions = (UnixFileMode)0xFFF;

    /// <summary>Throws when others own a folder, can write to it, or can put another in its place.</summary>
    /// <param name="path">The folder; the checks on those above it alone are made when it is not there.</param>
    /// <exception cref="UnauthorizedAccessException">They do or can; the message has the command that changes it.</exception>
    public static void Require(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var full = Path.TrimEndingDirectorySeparator(NamedFile.Target(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))));
        if (Fault(full, UnixFile.EffectiveUser(), UnixFile.Describe) is { } fault)
            throw new UnauthorizedAccessException(fault);
    }

    /// <summary>Finds the fault of a folder; null for none.</summary>
    /// <param name="path">Its full path, without links.</param>
    /// <param name="user">The user of the folder.</param>
    /// <param name="describe">Returns the facts about a path; null where nothing is.</param>
    [UnsupportedOSPlatform("windows")]
    internal static string? Fault(string path, uint user, Func<string, FileFacts?> describe)
    {
        if (describe(path) is { } facts)
        {
            if (facts.Owner != user && facts.Owner != Root)
            {
                return $"'{path}' belongs to user {Number(facts.Owner)}, and this process runs as user {Number(user)}: its owner could change what is in it. "
                    + $"Run 'chown -R {Number(user)} {Quote(path)}', or run this as user {Number(facts.Owner)}.";
            }

            if ((facts.Mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != UnixFileMode.None)
                return $"'{path}' has mode {Octal(facts.Mode)}: others can write to it. Run 'chmod go-w {Quote(path)}'.";
        }

        for (var above = Path.GetDirectoryName(path); above is not null; above = Path.GetDirectoryName(above))
        {
            if (describe(above) is not { } parent)
                continue;
            if (parent.Owner != user && parent.Owner is not (Root or Unmapped))
            {
                return $"'{above}' belongs to user {Number(parent.Owner)}, and this process runs as user {Number(user)}: its owner could put another "
                    + $"directory in the place of '{path}'. Run 'chown {Number(user)} {Quote(above)}', or name a directory elsewhere.";
            }

            // Who may write there may rename what is there, unless the sticky bit says that only owners do.
            if ((parent.Mode & (UnixFileMode.OtherWrite | UnixFileMode.StickyBit)) == UnixFileMode.OtherWrite)
            {
                return $"'{above}' has mode {Octal(parent.Mode)}: others could put another directory in the place of '{path}'. "
                    + $"Run 'chmod o-w {Quote(above)}', or name a directory elsewhere.";
            }
        }

        return null;
    }

    private static string Number(uint id) => id.ToString(CultureInfo.InvariantCulture);

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)(mode & Permissions), toBase: 8).PadLeft(4, '0');

    /// <summary>Quotes a path for a shell.</summary>
    private static string Quote(string path) => path.All(static character => char.IsAsciiLetterOrDigit(character) || character is '/' or '.' or '_' or '-')
        ? path
        : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
