namespace Connmgr.Tool;

/// <summary>The zone that a crawl writes. Immutable.</summary>
internal sealed record ZoneSettings
{
    /// <summary>The zone file.</summary>
    public required string Path { get; init; }

    /// <summary>The name of the zone, without a trailing dot.</summary>
    public required string Name { get; init; }

    /// <summary>The host name of the name server, without a trailing dot.</summary>
    public required string NameServer { get; init; }

    /// <summary>The file with the uptimes of the nodes.</summary>
    public string ScoresPath => Path + ".scores";
}
