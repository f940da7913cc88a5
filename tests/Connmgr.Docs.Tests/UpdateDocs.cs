using Connmgr.Docs.Tests.Reference;

namespace Connmgr.Docs.Tests;

/// <summary>Writes what the tests of this project compare. Run by eng/update-docs.sh alone.</summary>
public class UpdateDocs
{
    [Fact(Explicit = true)]
    public void References_GetWhatTheCodeSays() => File.WriteAllText(Repository.GetPath(OptionsReference.Path), OptionsReference.Build());

    [Fact(Explicit = true)]
    public void Packaging_GetsWhatTheToolSays()
    {
        foreach (var (folder, files) in new[] { (ManPages.Folder, ManPages.Build()), (Completions.Folder, Completions.Build()) })
        {
            Directory.CreateDirectory(Repository.GetPath(folder));
            foreach (var (name, text) in files)
                File.WriteAllText(Repository.GetPath($"{folder}/{name}"), text);
        }
    }

    [Fact(Explicit = true)]
    public void Pages_GetTheCodeThatTheyShow()
    {
        foreach (var page in Repository.Pages)
        {
            var lines = Repository.ReadLines(page);
            var filled = Page.Fill(lines, Repository.ReadLines);
            if (!filled.SequenceEqual(lines, StringComparer.Ordinal))
                File.WriteAllText(Repository.GetPath(page), string.Join('\n', filled));
        }
    }
}
