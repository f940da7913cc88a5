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

    /// <summary>Those that the book has now and had not before.</summary>
    public required int Added { get; init; }

    /// <summary>Those that it had, and has.</summary>
    public required int Known { get; init; }

    /// <summary>Those that it does not have: not publicly routable, or others hold their places.</summary>
    public required int Refused { get; init; }

    /// <summary>Those that are in the tried tables of the file and of the book.</summary>
    public required int Tried { get; init; }

    /// <summary>Lines that are no address.</summary>
    public required int Invalid { get; init; }

    /// <summary>The numbers of the first of them.</summary>
    public required IReadOnlyList<int> InvalidLines { get; init; }

    /// <summary>The addresses of the book afterwards.</summary>
    public required int Total { get; init; }
}
