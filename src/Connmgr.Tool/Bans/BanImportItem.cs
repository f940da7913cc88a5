namespace Connmgr.Tool;

/// <summary>What became of the bans of a file. The names are those of the JSON.</summary>
internal sealed record BanImportItem
{
    /// <summary>The full path.</summary>
    public required string File { get; init; }

    /// <summary>The bans in it that have not ended.</summary>
    public required int Read { get; init; }

    /// <summary>Those that hold from now on, in place of shorter ones too.</summary>
    public required int Added { get; init; }

    /// <summary>Those whose target is banned as long or longer.</summary>
    public required int Known { get; init; }

    /// <summary>Those that found no place.</summary>
    public required int Refused { get; init; }

    /// <summary>Entries of the file that are no bans.</summary>
    public required int Invalid { get; init; }

    /// <summary>What is wrong with the first of them.</summary>
    public required IReadOnlyList<string> InvalidReasons { get; init; }

    /// <summary>The bans afterwards.</summary>
    public required int Total { get; init; }
}
