namespace Connmgr.Tool.Tests.Crawl;

/// <summary>An AS map for tests.</summary>
internal static class CrawlMap
{
    /// <summary>A map in which all addresses belong to AS64496.</summary>
    public static AsMap OneSystem { get; } = AsMap.Parse(Convert.FromHexString("f2be07"));
}
