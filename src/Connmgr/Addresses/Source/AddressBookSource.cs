using System.Collections.Immutable;

namespace Connmgr;

/// <summary>
/// Supplies a manager with the addresses of an <see cref="AddressBook"/>, chosen by Bitcoin Core's rules, and records their outcomes in the
/// book. If no address may be dialled, waits until one is added or some time has passed.
/// </summary>
/// <remarks>
/// The source goes through the groups that want an address (<see cref="CandidateRequest.Wanted"/>), the most wanted first: the low 64 bits of
/// their traits (<see cref="OutboundGroup.Traits"/>) are services that an address must claim, in addition to those that all need. An address
/// tried within 10 minutes is supplied only when no group has another one.
/// <para>
/// A choice for a group draws up to 100 addresses, all of its networks and with its services; an index finds them, however rare they are. It
/// skips those that the manager would refuse (<see cref="CandidateRequest.GetRefusal"/>: connected, requested, full netgroup, banned, route in
/// outage) and those that are excluded. Up to the 30th draw it also skips addresses tried within 10 minutes, and up to the 50th those with
/// a port
/// of <see cref="WellKnownServicePorts"/>. Age plays no part. An address tried within 10 minutes is a last resort, supplied at most twice a
/// second, the pace of Bitcoin Core's connection loop.
/// </para>
/// <para>Thread safety: all members may be used from any thread. One source serves one manager.</para>
/// </remarks>
public sealed class AddressBookSource : IAddressSource
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>The traits that the book knows nothing of, which every address is expected to have.</summary>
    private static readonly UInt128 UnknownTraits = ~(UInt128)ulong.MaxValue;

    private readonly Lock _lock = new();
    private readonly AddressBook _book;
    private readonly ulong _requiredServices;
    private readonly Func<NetworkEndPoint, bool> _isExcluded;
    private readonly Func<AddressNetwork, ulong> _getServicesOf;
    private readonly Func<NetworkEndPoint, bool, bool> _isResting;
    private readonly Func<bool> _isOnline;
    private readonly List<(PeerAddress Address, string? Profile)> _prioritized = [];
    private volatile AddressNetworks _networks;
    private volatile bool _isWaiting;
    private DateTimeOffset _nextLastResort = DateTimeOffset.MinValue;

    /// <summary>Creates a source.</summary>
    /// <param name="book">The book. The source uses its clock.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">Options are not valid; the message contains each error.</exception>
    public AddressBookSource(AddressBook book, AddressBookSourceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(book);
        options ??= new AddressBookSourceOptions();
        OptionsErrors.ThrowIfAny(options);
        _book = book;
        _networks = options.Networks;
        _requiredServices = options.RequiredServices;
        _isExcluded = options.IsExcluded ?? (static _ => false);
        _getServicesOf = options.GetServicesOf ?? (static _ => 0);
        _isResting = options.IsResting ?? (static (_, _) => false);
        _isOnline = options.IsOnline ?? (static () => true);
    }

    /// <summary>The reachable networks. Set it when a proxy becomes available or unavailable; pending choices are then repeated.</summary>
    public AddressNetworks Networks
    {
        get => _networks;
        set
        {
            _networks = value;
            _book.AddressAdded.Signal();
        }
    }

    /// <summary>True when a choice is waiting. For tests.</summary>
    internal bool IsWaiting => _isWaiting;

    private DateTimeOffset Now => _book.TimeProvider.GetUtcNow();

    /// <summary>
    /// Queues addresses that are supplied before any from the book, each once, the last first, as Bitcoin Core does with its anchors. An
    /// address waits until a group wants it. It is dropped if it may not be dialled when its turn comes, if its network is not reachable, or
    /// if it does not claim the services that all peers need. Ports and earlier attempts play no part.
    /// </summary>
    /// <param name="addresses">The addresses. They need not be in the book.</param>
    /// <param name="profile">
    /// The profile of the groups that they are for (<see cref="OutboundGroup.Profile"/>): Bitcoin Core's anchors are for its block-relay-only
    /// connections. Null for any.
    /// </param>
    public void Prioritize(IEnumerable<PeerAddress> addresses, string? profile = null)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        (PeerAddress, string?)[] taken = [.. addresses.Select(address => (address, profile))];
        lock (_lock)
            _prioritized.AddRange(taken);

        _book.AddressAdded.Signal();
    }

    /// <summary>Supplies an address. For an automatic connection it waits until there is one; for a one-off it does not wait.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The address, with an <see cref="AddressBookCandidate"/> as its tag; null for a one-off if there is none.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        for (var pause = Pace; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var added = _book.AddressAdded.WaitAsync();
            var chosen = Choose(request, _networks & request.Networks);
            if (request.Kind == ConnectionKind.OneOff)
                return ToCandidate(chosen);
            var wait = chosen is null ? GetPauseWithoutAddress(pause) : GetPace(chosen);
            if (wait == TimeSpan.Zero)
                return ToCandidate(chosen);
            await WaitAsync(added, wait, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Records the outcome of an attempt in the book.</summary>
    /// <param name="outcome">
    /// The outcome. A failure that is due to this host or its proxy leaves the address unchanged. A failure that proves nothing against the
    /// address makes it a last resort for 10 minutes.
    /// </param>
    public void ReportOutcome(in AttemptOutcome outcome)
    {
        if (outcome.Tag is not AddressBookCandidate { EndPoint: var endPoint })
            return;
        if (outcome is { Succeeded: true, ShortConnections: > 0 })
            _book.RecordAttempt(endPoint, countFailure: false); // It leaves soon: it has to last before it is good again.
        else if (outcome.Succeeded)
            _book.MarkGood(endPoint);
        else if (outcome.Phase != ConnectPhase.None && IsAboutAddress(outcome.Cause))
            _book.RecordAttempt(endPoint, outcome.CountsAgainstAddress && _isOnline());
    }

    /// <summary>
    /// Records in the book that a connection to one of its addresses did not last, which counts as a failed attempt, or that one finally did.
    /// </summary>
    /// <param name="candidate">The address, with its tag.</param>
    /// <param name="count">The number of connections in a row that did not last; 0 if this one lasted.</param>
    public void ReportShortConnections(in Candidate candidate, int count)
    {
        if (candidate.Tag is not AddressBookCandidate { EndPoint: var endPoint })
            return;
        if (count == 0)
            _book.MarkGood(endPoint);
        else
            _book.RecordShortConnection(endPoint);
    }

    /// <summary>
    /// Chooses an address to connect to, as described above, without waiting. Prioritized addresses come first, and are then used up.
    /// </summary>
    /// <param name="request">The request, with the manager's refusals.</param>
    /// <param name="networks">The allowed networks, whether or not they are among <see cref="Networks"/>.</param>
    /// <returns>The address; null if 100 draws found none.</returns>
    internal AddressBookCandidate? Choose(in CandidateRequest request, AddressNetworks networks)
    {
        return ChoosePrioritized(request, networks, request.Wanted) ?? ChooseFromBook(request, networks);
    }

    /// <summary>Chooses an address of the book, without the prioritized ones, which are for the slots alone.</summary>
    /// <param name="request">The request, with the manager's refusals.</param>
    /// <param name="networks">The allowed networks, whether or not they are among <see cref="Networks"/>.</param>
    /// <returns>The address; null if 100 draws found none.</returns>
    internal AddressBookCandidate? ChooseFromBook(in CandidateRequest request, AddressNetworks networks)
    {
        var wanted = request.Wanted;
        _book.ResolveCollisions();
        var now = Now;
        AddressBookCandidate? lastResort = null;
        for (var i = 0; i < wanted.Length; i++)
        {
            if (IsAskedBefore(wanted, i))
                continue;
            var chosen = ChooseFor(request, networks & wanted[i].Networks, GetServices(wanted[i]), now);
            if (chosen is not null && !CandidateRules.IsRecent(chosen.Entry, now) && !_isResting(chosen.EndPoint, false))
                return chosen;
            lastResort ??= chosen;
        }

        return lastResort;
    }

    /// <summary>
    /// Chooses an address for a short connection that only tests whether a peer is there (a feeler of Bitcoin Core): an occupant of the
    /// tried table whose place another address claims, or else one from the new table, whatever its netgroup.
    /// </summary>
    /// <param name="request">A request for a one-off, with the manager's refusals.</param>
    /// <returns>The address; null if there is none to test.</returns>
    internal AddressBookCandidate? ChooseFeeler(in CandidateRequest request)
    {
        _book.ResolveCollisions();
        var now = Now;
        if (_book.TrySelectTriedCollision(out var occupant) && GetOccupantToTest(request, occupant) is { } test)
            return test;
        for (var tries = 1; tries <= CandidateRules.MaxTries && _book.TrySelect(out var entry, _networks, AddressTables.New); tries++)
        {
            if (CandidateRules.AllowFeeler(entry, tries, now) && CanDial(request, entry.Address))
                return new(entry);
        }

        return null;
    }

    /// <summary>
    /// Chooses an address to ask for further addresses, whatever its netgroup and its services, as long as it is a node.
    /// </summary>
    /// <param name="request">A request for a one-off, with the manager's refusals.</param>
    /// <returns>The address; null if there is none to ask, or all were tried within 10 minutes.</returns>
    internal AddressBookCandidate? ChooseForAddressFetch(in CandidateRequest request)
    {
        var now = Now;
        for (var tries = 1; tries <= CandidateRules.MaxTries && _book.TrySelect(out var entry, _networks); tries++)
        {
            if (!CandidateRules.IsRecent(entry, now) && CandidateRules.AllowFeeler(entry, tries, now) && CanDial(request, entry.Address))
                return new(entry);
        }

        return null;
    }

    private static Candidate? ToCandidate(AddressBookCandidate? chosen) => chosen?.EndPoint.ToEndPoint() is { } endPoint
        ? new Candidate(endPoint, chosen) { Traits = chosen.Entry.Address.Services | UnknownTraits, Profile = chosen.Profile }
        : null;

    private static bool IsAboutAddress(ConnectFailureCause cause) => cause is not (
        ConnectFailureCause.Canceled or ConnectFailureCause.Superseded or ConnectFailureCause.Stopped or ConnectFailureCause.ProxyUnreachable);

    private AddressBookCandidate? ChooseFor(in CandidateRequest request, AddressNetworks networks, ulong services, DateTimeOffset now)
    {
        for (var tries = 1; tries <= CandidateRules.MaxTries && _book.TrySelect(out var entry, networks, services: services); tries++)
        {
            if (CandidateRules.Allow(entry, tries, services, now) && CanDial(request, entry.Address)
                && !_isResting(entry.EndPoint, CandidateRules.IsLastResort(tries)))
            {
                return new(entry);
            }
        }

        return null;
    }

    /// <summary>Gets the services that an address for a group must claim.</summary>
    private ulong GetServices(OutboundGroup group) => _requiredServices | (ulong)(group.Traits & ulong.MaxValue);

    /// <summary>Determines whether a group before one in the list wants the same addresses.</summary>
    private bool IsAskedBefore(ImmutableArray<OutboundGroup> wanted, int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (wanted[i].Networks == wanted[index].Networks && GetServices(wanted[i]) == GetServices(wanted[index]))
                return true;
        }

        return false;
    }

    private AddressBookCandidate? ChoosePrioritized(in CandidateRequest request, AddressNetworks networks, ImmutableArray<OutboundGroup> wanted)
    {
        while (TryTakePrioritized(networks, wanted, out var address, out var profile))
        {
            if (CanDial(request, address))
            {
                var known = _book.TryGet(address.EndPoint, out var entry);
                return new(known ? entry : new AddressEntry { Address = address, Source = address.EndPoint.Address }, isAnchor: true, profile);
            }
        }

        return null;
    }

    /// <summary>
    /// Removes and returns the last of the prioritized addresses that a group wants and that is of these networks. Drops those of
    /// unreachable networks and without the services that all need; the others wait.
    /// </summary>
    private bool TryTakePrioritized(AddressNetworks networks, ImmutableArray<OutboundGroup> wanted, out PeerAddress address, out string? profile)
    {
        lock (_lock)
        {
            for (var i = _prioritized.Count - 1; i >= 0; i--)
            {
                var (candidate, only) = _prioritized[i];
                var (network, services) = (AddressNetworkTable.IndexOf(candidate.EndPoint.Address.Network), candidate.Services);
                var isOfUse = _networks.Has(network) && (services & _requiredServices) == _requiredServices;
                var isWanted = isOfUse && networks.Has(network)
                    && wanted.Any(group => group.Networks.Has(network) && (services & GetServices(group)) == GetServices(group)
                        && (only is null || string.Equals(group.Profile, only, StringComparison.Ordinal)));
                if (isWanted || !isOfUse)
                    _prioritized.RemoveAt(i);
                if (!isWanted)
                    continue;
                (address, profile) = (candidate, only);
                return true;
            }
        }

        (address, profile) = (default, null);
        return false;
    }

    /// <summary>
    /// Returns the occupant to test. It is not tested while the peer is connected, because the connection proves that it is there.
    /// </summary>
    private AddressBookCandidate? GetOccupantToTest(in CandidateRequest request, in AddressEntry occupant)
    {
        if (!_networks.Has(AddressNetworkTable.IndexOf(occupant.EndPoint.Address.Network)) || occupant.EndPoint.ToEndPoint() is not { } endPoint)
            return null;
        var refusal = request.GetRefusal(endPoint);
        if (refusal == ConnectFailureCause.DuplicateAddress)
            _book.MarkGood(occupant.EndPoint);
        return refusal == ConnectFailureCause.None && IsAllowed(occupant.Address) ? new(occupant) : null;
    }

    private bool CanDial(in CandidateRequest request, in PeerAddress address) =>
        address.EndPoint.ToEndPoint() is { } dialled && request.GetRefusal(dialled) == ConnectFailureCause.None && IsAllowed(address);

    /// <summary>Determines whether an address is not excluded, and claims what all of its network need.</summary>
    private bool IsAllowed(in PeerAddress address) =>
        (_getServicesOf(address.EndPoint.Address.Network) & ~address.Services) == 0 && !_isExcluded(address.EndPoint);

    /// <summary>Gets the delay before an address that was tried recently may be supplied; zero for any other address.</summary>
    private TimeSpan GetPace(AddressBookCandidate chosen)
    {
        var now = Now;
        if (chosen.IsAnchor || !CandidateRules.IsRecent(chosen.Entry, now))
            return TimeSpan.Zero;
        lock (_lock)
        {
            // A longer delay means that the clock was set back meanwhile.
            if (now < _nextLastResort && _nextLastResort - now <= Pace)
                return _nextLastResort - now;
            _nextLastResort = now + Pace;
            return TimeSpan.Zero;
        }
    }

    private TimeSpan GetPauseWithoutAddress(TimeSpan pause) => _book.GetCount(_networks) == 0 ? Timeout.InfiniteTimeSpan : pause;

    private async Task WaitAsync(Task added, TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            var waiting = added.WaitAsync(TimerWait.RoundUp(time), _book.TimeProvider, cancellationToken);
            _isWaiting = true;
            await waiting.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Look again.
        }
        finally
        {
            _isWaiting = false;
        }
    }
}
