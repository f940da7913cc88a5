using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>What a seed gave the last time it was asked. Immutable.</summary>
public sealed record SeedOutcome
{
    /// <summary>What kind of seed it is.</summary>
    public required SeedKind Kind { get; init; }

    /// <summary>
    /// What was asked: the name looked up, such as <c>x9.seed.example</c>; the host and port of a seed node; for fixed seeds
    /// <c>fixed seeds</c>; for known peers, all of them together, <c>known peers</c>.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The number of addresses that it gave, known ones too.</summary>
    public int AddressCount { get; init; }

    /// <summary>Why there are none; <see cref="SeedFailure.None"/> when there are.</summary>
    public SeedFailure Failure { get; init; }

    /// <summary>What was thrown, when <see cref="Failure"/> is <see cref="SeedFailure.Failed"/>.</summary>
    [JsonConverter(typeof(ExceptionJsonConverter))]
    public Exception? Exception { get; init; }

    /// <summary>How often it has been asked, this time included.</summary>
    public int TimesAsked { get; init; } = 1;

    /// <summary>When it had answered, or failed.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Of(nameof(SeedOutcome), PrintMembers);
}
