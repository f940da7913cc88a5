using System.CommandLine;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Connmgr.Tool;

/// <summary>An argument that takes a file.</summary>
internal sealed class FileArgument : Argument<string>
{
    public FileArgument(string description)
        : base("file")
    {
        Description = description;
        HelpName = "FILE";
        Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(OptionToken.Get(result)))
                result.AddError("FILE is empty: give it a path, such as peers.txt.");
        });
    }

    /// <summary>
    /// Gets the full path of the file, also for another process: /dev/stdin, /dev/fd/3 and similar paths name an open file of this process, but
    /// a run that is given such a path would open its own.
    /// </summary>
    public string FullPath(ParseResult parsed)
    {
        var path = Path.GetFullPath(parsed.GetValue(this)!);
        return OperatingSystem.IsLinux() && Descriptor(path) is { } descriptor
            ? string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{descriptor}")
            : path;
    }

    /// <summary>
    /// Gets the output that reports that the file was written: standard error when the file is standard output, whose reader wants only the
    /// content.
    /// </summary>
    public TextWriter ReceiptOutput(ParseResult parsed, ToolEnvironment environment)
    {
        var descriptor = Descriptor(Path.GetFullPath(parsed.GetValue(this)!));
        if (OperatingSystem.IsLinux() && int.TryParse(descriptor, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            MoveToEnd(number);
        return descriptor is "1" ? environment.Error : environment.Out;
    }

    /// <summary>
    /// Moves to the end of an open file. The content was written through another handle, so the next writer through this one, such as the
    /// shell's next command, would overwrite it.
    /// </summary>
    private static void MoveToEnd(int descriptor)
    {
        try
        {
            using var handle = new SafeFileHandle(descriptor, ownsHandle: false);
            using var file = new FileStream(handle, FileAccess.Write, bufferSize: 0);
            if (!file.CanSeek)
                return;
            file.Seek(0, SeekOrigin.End);
            _ = file.SafeFileHandle; // Getting the handle sets the system's position to that of the stream.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The descriptor is closed, or has no position.
        }
    }

    private static string? Descriptor(string path)
    {
        string[] folders = ["/dev/fd/", "/proc/self/fd/"];
        return path switch
        {
            "/dev/stdin" => "0",
            "/dev/stdout" => "1",
            "/dev/stderr" => "2",
            _ when Array.Find(folders, folder => path.StartsWith(folder, StringComparison.Ordinal)) is { } folder => path[folder.Length..],
            _ => null,
        };
    }
}
