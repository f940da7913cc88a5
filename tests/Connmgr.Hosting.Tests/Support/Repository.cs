namespace Connmgr.Hosting.Tests.Support;

/// <summary>The location of the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Connmgr.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("Connmgr.slnx was not found above the tests.");
        return directory.FullName;
    }
}
