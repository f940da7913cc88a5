namespace Connmgr.Bitcoin;

/// <summary>Counts of an <see cref="IFrontier"/> at one moment. Immutable.</summary>
public sealed record FrontierStatus
{
    /// <summary>The number of the round, from 1.</summary>
    public required long Round { get; init; }

    /// <summary>The start of the round. In the future between two rounds.</summary>
    public required DateTimeOffset RoundStart { get; init; }

    /// <summary>True when every address that was due has been visited, and there is at least one address.</summary>
    public required bool IsRoundOver { get; init; }

    /// <summary>The number of addresses.</summary>
    public required long Addresses { get; init; }

    /// <summary>The number of addresses that are due in this round, and not leased.</summary>
    public required long Due { get; init; }

    /// <summary>The number of addresses that are leased.</summary>
    public required long Leased { get; init; }

    /// <summary>The number of visits of this round that were completed.</summary>
    public required long Completed { get; init; }

    /// <summary>The number of those that reached their node.</summary>
    public required long Reached { get; init; }

    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(nameof(FrontierStatus), PrintMembers);
}
