using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>
/// The addresses that a crawl visits, round after round. Each address has a time from which it is due. A crawler leases addresses that are
/// due, visits them, and completes the leases. When a crawler dies, its leases expire, and others visit the addresses: none is lost.
/// <see cref="MemoryFrontier"/> serves one process. Implementations are thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Round N has a start T. In it, only addresses that are due at T or earlier are leased. A new address is due at T; one that was visited is
/// due at T + k * <see cref="FrontierOptions.RevisitPeriod"/>, where k is at least 1. The round is over when every address that was due has
/// been visited. Then one caller of <see cref="EndRoundAsync"/> begins the next. So no address is visited twice in a round, and none is left
/// out.
/// </para>
/// <para>
/// A call that fails with a <see cref="FrontierUnavailableException"/> may have been carried out. The same call can be made again, on the
/// same object: <see cref="CompleteAsync"/> and <see cref="EndRoundAsync"/> then answer as if there had been no failure.
/// </para>
/// <para>
/// Add the addresses that a visit found before you complete the visit. Otherwise the round may end between the two.
/// </para>
/// </remarks>
public interface IFrontier
{
    /// <summary>The time for which a lease is held unless it is renewed: <see cref="FrontierOptions.LeasePeriod"/>.</summary>
    TimeSpan LeasePeriod { get; }

    /// <summary>
    /// Adds the addresses that are new. Leaves out those that can't be dialled, and all when the frontier holds
    /// <see cref="FrontierOptions.MaxAddresses"/>. An address that is known without services takes those given.
    /// </summary>
    /// <param name="addresses">The addresses, in any order and number. The time at which they were seen is not used.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The number of addresses that were added.</returns>
    /// <exception cref="FrontierUnavailableException">The frontier can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<int> AddAsync(ReadOnlyMemory<PeerAddress> addresses, CancellationToken cancellationToken = default);

    /// <summary>Leases addresses that are due, no more than the pace of the frontier allows.</summary>
    /// <param name="max">The most addresses to lease. At least 1.</param>
    /// <param name="cancellationToken">Cancels the call. Leases that were given all the same expire.</param>
    /// <returns>The leases, perhaps none, and the time after which it is worth asking again.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is less than 1.</exception>
    /// <exception cref="FrontierUnavailableException">The frontier can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<FrontierGrant> LeaseAsync(int max, CancellationToken cancellationToken = default);

    /// <summary>Renews leases: each that is still held lasts for <see cref="LeasePeriod"/> from now.</summary>
    /// <param name="leases">The leases.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>For each lease, in order, true when it is held. A lease that was lost stays lost.</returns>
    /// <exception cref="FrontierUnavailableException">The frontier can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<ImmutableArray<bool>> RenewAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default);

    /// <summary>Ends leases with the results of the visits, and makes the addresses due again later.</summary>
    /// <param name="results">The results.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// For each result, in order, true when it was accepted. False when the lease was lost: another caller visits the address, or has visited it.
    /// </returns>
    /// <exception cref="ArgumentException">A record is longer than <see cref="FrontierOptions.MaxRecordLength"/>.</exception>
    /// <exception cref="FrontierUnavailableException">The frontier can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<ImmutableArray<bool>> CompleteAsync(ReadOnlyMemory<FrontierResult> results, CancellationToken cancellationToken = default);

    /// <summary>Ends leases of addresses that were not visited. They are due again at once. Ignores leases that were lost.</summary>
    /// <param name="leases">The leases.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when the leases have ended.</returns>
    /// <exception cref="FrontierUnavailableException">The frontier can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask ReleaseAsync(ReadOnlyMemory<FrontierLease> leases, CancellationToken cancellationToken = default);

    /// <summary>
    /// Ends a round that is over, and sets the start of the next: <see cref="FrontierOptions.RevisitPeriod"/> after the start of this one,
    /// or now if that is past.
    /// </summary>
    /// <param name="round">The number of the round: <see cref="FrontierGrant.Round"/> of a grant that says that it is over.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True for the one caller that ended the round. False when it is not over, or another caller has ended it.</returns>
    /// <exception cref="FrontierUnavailableException">The frontier can't be reached. The round may have ended; the same call again returns true if this one ended it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<bool> EndRoundAsync(long round, CancellationToken cancellationToken = default);

    /// <summary>Counts the addresses of the frontier.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The counts at this moment.</returns>
    /// <exception cref="FrontierUnavailableException">The frontier can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    ValueTask<FrontierStatus> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Enumerates the records of the addresses that were reachable at their last visit. While visits go on, a record may be newer than the
    /// enumeration, but no address occurs twice.
    /// </summary>
    /// <param name="cancellationToken">Cancels the enumeration.</param>
    /// <returns>The records, in no particular order.</returns>
    /// <exception cref="FrontierUnavailableException">The frontier can't be reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    IAsyncEnumerable<FrontierRecord> GetRecordsAsync(CancellationToken cancellationToken = default);
}
