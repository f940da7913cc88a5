namespace Connmgr.Bitcoin;

/// <summary>The options of <see cref="PeerNetworkBroadcastExtensions.BroadcastPrivatelyAsync"/>. Immutable.</summary>
public sealed record PrivateBroadcastOptions : IValidatedOptions
{
    /// <summary>The largest number of recipients: 8, which is also the most connections at once.</summary>
    public const int MaxRecipients = 8;

    /// <summary>
    /// The number of peers that are sent the transaction in each round, from 1 to <see cref="MaxRecipients"/>. Default 3, as in Bitcoin Core. A
    /// round follows the one before after 10 min without the return of the transaction.
    /// </summary>
    public int Recipients { get; init; } = 3;

    /// <summary>The time after which the broadcast is given up: more than zero, at most 24 days. Default 1 h.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets all errors of the options, each of which names the option, its value and the remedy.</summary>
    /// <returns>The errors; empty if there is none.</returns>
    public IReadOnlyList<string> GetErrors() => [.. FindErrors()];

    private IEnumerable<string> FindErrors()
    {
        if (Recipients is < 1 or > MaxRecipients)
            yield return Invariant($"{nameof(Recipients)} is {Recipients}: use 1 to {MaxRecipients}.");
        if (!TimeLimits.IsValid(Within))
            yield return Invariant($"{nameof(Within)} is {Within}: use more than zero, and at most 24 days.");
    }
}
