namespace Connmgr.Tool;

/// <summary>What became of the addresses of a file. The names are those of the JSON.</summary>
internal sealed record ImportItem
{
    /// <summary>The full path.</summary>
    public required string File { get; init; }

    /// <summary><c>peers.dat</c> or <c>text</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The addresses in it.</summary>
    public required int Read { get; init; }

    /// <summary>Those that were new to the book.</summary>
    public required int Added { get; init; }

    /// <summary>Those that it had.</summary>
    public required int Known { get; init; }

    /// <summary>Those that it did not take: not publicly routable, or their places hold better ones.</summary>
    public required int Refused { get; init; }

    /// <summary>Those that are in the tried table because they were in the file's.</summary>
    public required int Tried { get; init; }

    /// <summary>Lines that are no address.</summary>
    public required int Invalid { get; init; }

    /// <summary>The numbers of the first of them.</summary>
    public required IReadOnlyList<int> InvalidLines { get; init; }

    /// <summary>The addresses of the book afterwards.</summary>
    public required int Total { get; init; }
}
