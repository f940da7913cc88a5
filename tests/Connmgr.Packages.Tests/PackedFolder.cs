using System.Diagnostics;

[assembly: AssemblyFixture(typeof(Connmgr.Packages.Tests.PackedFolder))]

namespace Connmgr.Packages.Tests;

/// <summary>Everything in src packed into a temporary folder, once for all tests, from what was built for them.</summary>
public sealed class PackedFolder : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-packages-");

    public static string Root { get; } = FindRoot();

    /// <summary>The names of the projects, and so of the packages.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The URL of the repository that the package of <see cref="OpenPublished"/> names.</summary>
    public static string RepositoryUrl => "https://git.example/connmgr";

    public async ValueTask InitializeAsync()
    {
        foreach (var name in Names)
            await PackAsync(name, _folder.FullName);
        await PackAsync("Connmgr", _folder.CreateSubdirectory("published").FullName, $"-p:ConnmgrRepositoryUrl={RepositoryUrl}");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Opens the package of a name, with the extension nupkg or snupkg.</summary>
    internal Package Open(string name, string extension = "nupkg") =>
        new(_folder.GetFiles($"{name}.*.{extension}").Single(file => char.IsAsciiDigit(file.Name[name.Length + 1])).FullName);

    /// <summary>Opens the package Connmgr that was packed with <see cref="RepositoryUrl"/>.</summary>
    internal Package OpenPublished() => new(_folder.GetFiles("published/Connmgr.*.nupkg").Single().FullName);

    internal bool HasSymbols(string name) => _folder.GetFiles($"{name}.*.snupkg").Any(file => char.IsAsciiDigit(file.Name[name.Length + 1]));

    /// <summary>Runs the SDK, and throws when it fails.</summary>
    internal static async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1"; // Or a server would outlive the tests.
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        var errors = process.StandardError.ReadToEndAsync(deadline.Token);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"dotnet {string.Join(' ', arguments)} was not done within {Patience}.", exception);
        }

        if (process.ExitCode != 0)
            throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} ended with exit code {process.ExitCode}:\n{await output}{await errors}");
    }

    private static Task PackAsync(string name, string output, params string[] arguments)
    {
        // The folder that these tests run from ends in bin/CONFIGURATION/net10.0.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)).Parent!.Name;
        return RunAsync(["pack", Path.Combine(Root, "src", name), "-c", configuration, "--no-build", "-o", output, "-nologo", "-tl:off", "-v", "q", .. arguments]);
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Connmgr.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("Connmgr.slnx was not found above the tests.");
        return directory.FullName;
    }
}
