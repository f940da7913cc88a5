using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The last outcome of a seed. Immutable.</summary>
public sealed class SeedOutcome
{
    internal SeedOutcome(SeedAnswer answer, int attempts, DateTimeOffset time)
    {
        (Kind, Name, AddressCount, Failure, Exception, Duration) = (answer.Kind, answer.Name, answer.AddressCount, answer.Failure, answer.Exception, answer.Duration);
        (Attempts, Time) = (attempts, time);
    }

    /// <summary>The kind of the seed.</summary>
    public SeedKind Kind { get; }

    /// <summary>
    /// The name of the seed: the name looked up, such as <c>x9.seed.example</c>; the host and port of a seed node; <c>fixed seeds</c>; or
    /// <c>known peers</c> for all known peers together.
    /// </summary>
    public string Name { get; }

    /// <summary>The number of addresses that it returned, including known ones.</summary>
    public int AddressCount { get; }

    /// <summary>The reason why there are no addresses; <see cref="SeedFailure.None"/> if there are.</summary>
    public SeedFailure Failure { get; }

    /// <summary>The exception if <see cref="Failure"/> is <see cref="SeedFailure.RequestFailed"/>; otherwise null.</summary>
    [JsonConverter(typeof(TextJsonConverter))]
    public Exception? Exception { get; }

    /// <summary>The number of times that the seed was asked, including this one.</summary>
    public int Attempts { get; }

    /// <summary>The time at which it answered or failed.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>The duration of the query.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Formats the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(SeedOutcome),
        (nameof(Kind), Kind),
        (nameof(Name), Name),
        (nameof(AddressCount), AddressCount),
        (nameof(Failure), Failure),
        (nameof(Exception), Exception),
        (nameof(Attempts), Attempts),
        (nameof(Time), Time),
        (nameof(Duration), Duration));
}

/// <summary>One answer of a seed, or its failure.</summary>
/// <param name="Kind">The kind of the seed.</param>
/// <param name="Name">Its name, as <see cref="SeedOutcome.Name"/>.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SeedAnswer(SeedKind Kind, string Name)
{
    public int AddressCount { get; init; }

    public SeedFailure Failure { get; init; }

    public Exception? Exception { get; init; }

    public TimeSpan Duration { get; init; }

    /// <summary>Converts the outcome of a look-up.</summary>
    public static SeedAnswer FromLookup(DnsSeedOutcome lookup) => new(SeedKind.Dns, lookup.Host)
    {
        AddressCount = lookup.Addresses.Count,
        Failure = lookup.Failure switch
        {
            DnsSeedFailure.None => SeedFailure.None,
            DnsSeedFailure.NoAddresses => SeedFailure.NoAddresses,
            DnsSeedFailure.Timeout => SeedFailure.Timeout,
            _ => SeedFailure.RequestFailed,
        },
        Exception = lookup.Exception,
        Duration = lookup.Duration,
    };

    /// <summary>Adds the number of addresses that a look-up of the same seed returned.</summary>
    public SeedAnswer WithLookup(int addresses) => addresses == 0
        ? this
        : this with { AddressCount = AddressCount + addresses, Failure = SeedFailure.None, Exception = null };
}
