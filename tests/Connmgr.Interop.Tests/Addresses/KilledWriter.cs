using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;

namespace Connmgr.Interop;

/// <summary>
/// A process that writes two contents into a file by turns, for ever, and notes in memory it shares with us what it is doing: the number of
/// the
/// write and its step. What it noted survives it. It is this test program, started with an environment variable.
/// </summary>
internal sealed class KilledWriter : IDisposable
{
    private const string FolderVariable = "CONNMGR_KILLED_WRITER";
    private const string HoldVariable = "CONNMGR_KILLED_WRITER_HOLD";

    // Number and step are one value: a moment between the two would tell of a write that never was.
    private const int Steps = 4;
    private const int NotesLength = sizeof(long);

    private readonly Process _process;
    private readonly IDisposable _reap;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _notes;

    private KilledWriter(string folder, long? hold)
    {
        File.WriteAllBytes(NotesPath(folder), new byte[NotesLength]);
        (_file, _notes) = OpenNotes(folder);
        var program = Path.ChangeExtension(typeof(KilledWriter).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        _process = Process.Start(new ProcessStartInfo(program, ["--help"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,

            // A killed runtime leaves its diagnostics sockets in the temporary folder.
            Environment = { [FolderVariable] = folder, [HoldVariable] = hold?.ToString(CultureInfo.InvariantCulture), ["DOTNET_EnableDiagnostics"] = "0" },
        })!;
        _reap = Reaper.Instance.Add($"kill -9 {_process.Id}");
    }

    /// <summary>The number of the write it is at, from 1; 0 before the first.</summary>
    public int Number => (int)(_notes.ReadInt64(0) / Steps);

    /// <summary>What it is doing.</summary>
    public AtomicFileStep Step => (AtomicFileStep)(_notes.ReadInt64(0) % Steps);

    public static string FilePath(string folder) => Path.Combine(folder, "file");

    public static string ContentPath(string folder, int number) => Path.Combine(folder, number % 2 == 0 ? "even" : "odd");

    public static KilledWriter Start(string folder) => new(folder, hold: null);

    /// <summary>Starts one that gets no further than the beginning of a step.</summary>
    public static KilledWriter StartAndHold(string folder, int number, AtomicFileStep step) => new(folder, Note(number, step));

    /// <summary>Kills one that is held there.</summary>
    public async Task KillHeldAsync(int number, AtomicFileStep step, CancellationToken cancellationToken)
    {
        await Poll.UntilAsync(
            _ =>
            {
                Assert.False(_process.HasExited, "the writer ended by itself");
                return Task.FromResult(_notes.ReadInt64(0) == Note(number, step));
            },
            () => $"it is at {Step} of write {Number}",
            cancellationToken);
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Kills it, if it can, in the middle of a step; <see cref="Step"/> then says at which it died.</summary>
    public async Task KillAtAsync(AtomicFileStep step, int after, CancellationToken cancellationToken)
    {
        while (Number < after)
        {
            Assert.False(_process.HasExited, "the writer ended by itself");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        }

        while (Step != step)
            cancellationToken.ThrowIfCancellationRequested();
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
        _reap.Dispose();
        _notes.Dispose();
        _file.Dispose();
    }

    [ModuleInitializer]
    internal static void WriteForEverIfAsked()
    {
        // Not right here: until this returns, no other thread can run code of this module. The thread keeps the process alive when the
        // program ends.
        if (Environment.GetEnvironmentVariable(FolderVariable) is { } folder)
            new Thread(() => WriteForEver(folder)).Start();
    }

#pragma warning disable RS0030, VSTHRD002 // The thread has nothing else to do.
    private static void WriteForEver(string folder) => WriteForEverAsync(folder).GetAwaiter().GetResult();
#pragma warning restore RS0030, VSTHRD002

    private static async Task WriteForEverAsync(string folder)
    {
        var (file, notes) = OpenNotes(folder);
        using (file)
        using (notes)
        {
            ReadOnlyMemory<byte>[] contents =
            [
                await File.ReadAllBytesAsync(ContentPath(folder, 0)), await File.ReadAllBytesAsync(ContentPath(folder, 1)),
            ];
            var hold = long.TryParse(Environment.GetEnvironmentVariable(HoldVariable), CultureInfo.InvariantCulture, out var given) ? given : -1;
            for (var number = 1; ; number++)
            {
                var write = number;
                Tell(default);
                await AtomicFile.WriteAsync(FilePath(folder), contents[number % 2], Tell);

                void Tell(AtomicFileStep step)
                {
                    notes.Write(0, Note(write, step));
#pragma warning disable RS0030, MA0042, MA0045, VSTHRD103 // It is held until it is killed, which is the point.
                    if (Note(write, step) == hold)
                        Thread.Sleep(Timeout.Infinite);
#pragma warning restore RS0030, MA0042, MA0045, VSTHRD103
                }
            }
        }
    }

    private static long Note(int number, AtomicFileStep step) => ((long)number * Steps) + (int)step;

    private static string NotesPath(string folder) => Path.Combine(folder, "notes");

    private static (MemoryMappedFile File, MemoryMappedViewAccessor Notes) OpenNotes(string folder)
    {
        var stream = new FileStream(NotesPath(folder), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var file = MemoryMappedFile.CreateFromFile(
            stream, null, NotesLength, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        return (file, file.CreateViewAccessor(0, NotesLength));
    }
}
