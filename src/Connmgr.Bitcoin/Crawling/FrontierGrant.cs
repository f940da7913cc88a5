using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>The answer of <see cref="IFrontier.LeaseAsync"/>. Immutable.</summary>
/// <param name="Leases">The leases; empty if no address may be visited now.</param>
/// <param name="RetryAfter">
/// The time after which it is worth asking again. Zero: at once. Others may add, complete or release addresses earlier, so ask at least once
/// a second.
/// </param>
/// <param name="Round">The number of the round, from 1.</param>
/// <param name="IsRoundOver">
/// True when every address that was due has been visited, and there is at least one address: call <see cref="IFrontier.EndRoundAsync"/>.
/// </param>
public sealed record FrontierGrant(ImmutableArray<FrontierLease> Leases, TimeSpan RetryAfter, long Round, bool IsRoundOver)
{
    /// <summary>Returns the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => RecordText.Format(
        nameof(FrontierGrant), (nameof(Leases), Leases.Length), (nameof(RetryAfter), RetryAfter), (nameof(Round), Round), (nameof(IsRoundOver), IsRoundOver));
}
