using System.Text.RegularExpressions;
using Connmgr.Telemetry.Tests.Catalog;
using Microsoft.Extensions.Logging;

namespace Connmgr.Telemetry.Tests;

/// <summary>Event ids and names are what operators filter by: unique, in the block of their area, never used again.</summary>
public partial class LogEventTests
{
    [Fact]
    public void Ids_AreUniqueAndNotOfOneThatIsGone()
    {
        Assert.Empty(LogEvents.All.GroupBy(static logEvent => logEvent.Id).Where(static same => same.Count() > 1).Select(static same => Describe(same)));
        Assert.Empty(LogEvents.All.GroupBy(static logEvent => logEvent.Name, StringComparer.Ordinal).Where(static same => same.Count() > 1).Select(static same => Describe(same)));
        Assert.DoesNotContain(LogEvents.All, static logEvent => LogCatalog.Retired.Contains(logEvent.Id));

        static string Describe(IEnumerable<LogEvents.LogEvent> same) => string.Join(", ", same.Select(static logEvent => $"{logEvent.Id} {logEvent.Where}"));
    }

    /// <summary>Without a name of its own an event has its method's, which nobody thinks of when he renames that.</summary>
    [Fact]
    public void Events_HaveNamesOfTheirOwn() =>
        Assert.Empty(LogEvents.All.Where(static logEvent => string.IsNullOrEmpty(logEvent.Name)).Select(static logEvent => $"{logEvent.Id} {logEvent.Where} has no EventName."));

    [Fact]
    public void Blocks_AreEachOfOneRoom()
    {
        var rooms = LogEvents.All.Select(static logEvent => (Block: GetBlock(logEvent.Id), Room: logEvent.Method.DeclaringType!)).ToArray();
        Assert.All(rooms, static room => Assert.NotNull(room.Block));
        Assert.Empty(rooms.GroupBy(static room => room.Room).Where(static room => room.Select(static one => one.Block).Distinct().Count() > 1).Select(static room => room.Key.Name));
        Assert.Equal(LogCatalog.Blocks.Count, LogCatalog.Blocks.Select(static block => block.First).Distinct().Count());
    }

    [Fact]
    public void Catalog_HasEachEventOnce()
    {
        string[] known = [.. LogEvents.All.Select(static logEvent => $"{logEvent.Id} {logEvent.Name}")];
        string[] told = [.. LogCatalog.Meanings.Select(static meaning => $"{meaning.Id} {meaning.Name}")];
        Assert.Equal(known, told);
    }

    /// <summary>What a remote peer can set off as often as it likes must not fill a disk.</summary>
    [Fact]
    public void Events_AboveDebugThatAPeerCanSetOff_AreBounded()
    {
        foreach (var (meaning, logEvent) in LogCatalog.Meanings.Zip(LogEvents.All))
        {
            if (meaning.Bound?.StartsWith("Debug", StringComparison.Ordinal) == true)
                Assert.True(logEvent.Level <= LogLevel.Debug, $"{logEvent.Where} is said to be at Debug, and is at {logEvent.Level}.");
        }
    }

    /// <summary>Events of a project that nobody thought of here would be in no list.</summary>
    [Fact]
    public void Sources_HaveNoEventsBesideThose()
    {
        var inSources = Directory.GetFiles(Repository.GetPath("src"), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Sum(static file => Attribute().Count(File.ReadAllText(file)));
        Assert.Equal(inSources, LogEvents.All.Count);
    }

    private static LogBlock? GetBlock(int id) => LogCatalog.Blocks.SingleOrDefault(block => id >= block.First && id <= block.Last);

    [GeneratedRegex(@"^\s*\[LoggerMessage\(", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Attribute();
}
