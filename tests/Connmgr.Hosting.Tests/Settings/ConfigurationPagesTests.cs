using System.Text.Json;
using Connmgr.Hosting.Tests.Support;

namespace Connmgr.Hosting.Tests.Settings;

/// <summary>The JSON schema and the guide say what the code does.</summary>
public class ConfigurationPagesTests
{
    [Fact]
    public void Pages_AreWhatTheCodeSays() => Assert.All(
        ConfigurationPages.All(),
        page => Assert.True(string.Equals(page.Expected, page.Now, StringComparison.Ordinal), $"{page.Path} is not what the code says: run eng/update-docs.sh, and look at what changed."));

    [Fact]
    public void Schema_KnowsEverySetting()
    {
        using var schema = JsonDocument.Parse(ConfigurationPages.All().First().Now);
        var peers = schema.RootElement.GetProperty("definitions").GetProperty("bitcoinPeers");
        foreach (var key in SettingKeys.OfPeers)
        {
            var at = peers;
            foreach (var part in key.Path.Split(':'))
                at = at.GetProperty("properties").GetProperty(part);
            Assert.False(string.IsNullOrEmpty(at.GetProperty("description").GetString()));
        }
    }

    /// <summary>Updates the files. Run by eng/update-docs.sh only.</summary>
    [Fact(Explicit = true)]
    public void Pages_AreWritten()
    {
        foreach (var (path, now, expected) in ConfigurationPages.All())
        {
            if (!string.Equals(now, expected, StringComparison.Ordinal))
                File.WriteAllText(Path.Combine(Repository.Root, path), expected);
        }
    }
}
