using System.Text.Json;

namespace Connmgr.Packages.Tests;

/// <summary>The addresses at which a debugger looks for the source.</summary>
public sealed class SourceLinkTests
{
    [Theory]
    [InlineData("https://github.com/owner/connmgr", "https://raw.githubusercontent.com/owner/connmgr/")]
    [InlineData("https://gitlab.com/owner/connmgr", "https://gitlab.com/owner/connmgr/-/raw/")]
    [InlineData("https://git.example/owner/connmgr", "https://git.example/owner/connmgr/raw/")]
    public async Task SourceLink_OfAUrl_IsOfItsHost(string url, string expected)
    {
        Assert.SkipUnless(Path.Exists(Path.Combine(PackedFolder.Root, ".git")), "The source is in no Git repository, so there is no commit to link to.");

        using var document = JsonDocument.Parse(await GenerateAsync(url));

        var (files, address) = Assert.Single(document.RootElement.GetProperty("documents").EnumerateObject().Select(entry => (entry.Name, entry.Value.GetString()!)));
        Assert.EndsWith("*", files, StringComparison.Ordinal);
        Assert.Matches($"^{expected}[0-9a-f]{{40}}/\\*$", address);
    }

    [Theory]
    [InlineData("http://git.example/owner/connmgr")]
    [InlineData("https://git.example/owner/connmgr/")]
    [InlineData("git@git.example:owner/connmgr.git")]
    public async Task SourceLink_OfAnotherUrl_IsRefused(string url)
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => GenerateAsync(url));

        Assert.Contains($"ConnmgrRepositoryUrl is '{url}'", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Lets the SDK write the file that the compiler puts into the symbols, without a compilation.</summary>
    private static async Task<string> GenerateAsync(string url)
    {
        var folder = Directory.CreateTempSubdirectory("connmgr-sourcelink-");
        try
        {
            var project = Path.Combine(PackedFolder.Root, "src", "Connmgr", "Connmgr.csproj");
            await PackedFolder.RunAsync(
                "msbuild", project, "-t:_GenerateSourceLinkFile", $"-p:ConnmgrRepositoryUrl={url}", $"-p:IntermediateOutputPath={folder.FullName}/", "-nologo", "-tl:off", "-v:q");
            return await File.ReadAllTextAsync(Path.Combine(folder.FullName, "Connmgr.sourcelink.json"), TestContext.Current.CancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
