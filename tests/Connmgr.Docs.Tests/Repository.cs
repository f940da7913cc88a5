namespace Connmgr.Docs.Tests;

/// <summary>The files of the repository that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The pages that people read, by their paths from the root: README, docs, the packages' own.</summary>
    public static string[] Pages { get; } =
    [
        .. Directory.GetFiles(Root, "*.md")
            .Concat(Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Append(Path.Combine(Root, "templates", "README.md"))
            .Concat(Directory.GetDirectories(Path.Combine(Root, "src")).SelectMany(project => Directory.GetFiles(project, "*.md")))
            .Select(page => Path.GetRelativePath(Root, page).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    public static string GetPath(string name) => Path.Combine(Root, name);

    public static string[] ReadLines(string name) => File.ReadAllText(GetPath(name)).Split('\n');

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Connmgr.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("Connmgr.slnx was not found above the tests.");
        return directory.FullName;
    }
}
