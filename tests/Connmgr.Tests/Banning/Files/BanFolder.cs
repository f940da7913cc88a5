namespace Connmgr.Tests.Banning;

/// <summary>A folder of its own for a test.</summary>
internal sealed class BanFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("connmgr-bans-");

    public string File => Path.Combine(_folder.FullName, BanListFile.FileName);

    public string[] Names => [.. _folder.EnumerateFileSystemInfos().Select(file => file.Name).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Delete(recursive: true);
}
