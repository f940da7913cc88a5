namespace Connmgr;

/// <summary>
/// Gives a manager the addresses of an <see cref="AddressBook"/>, chosen by Bitcoin Core's rules, and tells the book what became of them.
/// When nothing may be dialled it waits until something is added, or time has passed.
/// </summary>
/// <remarks>
/// A choice draws up to 100 addresses, all of networks that are reached and with the services that are required: an index finds those,
/// however rare they are. It passes over those that the manager would refuse (<see cref="CandidateRequest.GetRefusal"/>: connected, asked
/// for, full netgroup, banned, route in outage) and that are excluded; tried within 10 minutes, up to the 30th; with a port of
/// <see cref="WellKnownServicePorts"/>, up to the 50th. Age plays no part. One tried within 10 minutes is a last resort, given twice a second at most,
/// the pace of Bitcoin Core's own loop.
/// <para>Thread safety: every member may be used from any thread; for one manager.</para>
/// </remarks>
public sealed class AddressBookSource : IAddressSource
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly AddressBook _book;
    private readonly ulong _requiredServices;
    private readonly Func<NetworkEndPoint, bool> _isExcluded;
    private readonly Func<bool> _isOnline;
    private readonly List<PeerAddress> _first = [];
    private volatile AddressNetworks _networks;
    private volatile bool _isWaiting;
    private DateTimeOffset _nextLastResort = DateTimeOffset.MinValue;

    /// <summary>Makes a source.</summary>
    /// <param name="book">The book, whose clock it uses.</param>
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
        _isOnline = options.IsOnline ?? (static () => true);
    }

    /// <summary>The networks that can be reached. Change it when a proxy comes or goes; a choice that waits looks again.</summary>
    public AddressNetworks Networks
    {
        get => _networks;
        set
        {
            _networks = value;
            _book.News.Signal();
        }
    }

    /// <summary>Whether a choice waits; for tests.</summary>
    internal bool IsWaiting => _isWaiting;

    private DateTimeOffset Now => _book.TimeProvider.GetUtcNow();

    /// <summary>
    /// Offers addresses before any from the book, each once, the last first, as Bitcoin Core does with its anchors. One that may not be
    /// dialled when its turn comes, or is of a network not reached, or is said to lack services, is dropped. Ports and earlier attempts
    /// play no part.
    /// </summary>
    /// <param name="addresses">The addresses. They need not be in the book.</param>
    public void Prioritize(IEnumerable<PeerAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        PeerAddress[] taken = [.. addresses];
        lock (_lock)
            _first.AddRange(taken);

        _book.News.Signal();
    }

    /// <summary>Gives an address. For an automatic connection it waits until it has one; for a one-off it does not.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The address, with an <see cref="AddressBookCandidate"/> as its tag; null, for a one-off, when there is none.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        for (var pause = Pace; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var news = _book.News.WaitAsync();
            var chosen = Choose(request, _networks & request.Networks);
            if (request.Kind == ConnectionKind.OneOff)
                return ToCandidate(chosen);
            var wait = chosen is null ? PauseWithoutAny(pause) : GetPace(chosen);
            if (wait == TimeSpan.Zero)
                return ToCandidate(chosen);
            await WaitAsync(news, wait, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tells the book how an attempt at one of its addresses ended.</summary>
    /// <param name="outcome">
    /// The outcome. A failure that is nobody's but ours or our proxy's leaves the address as it was; one that proves nothing against it
    /// makes it a last resort for 10 minutes, no more.
    /// </param>
    public void ReportOutcome(in AttemptOutcome outcome)
    {
        if (outcome.Tag is not AddressBookCandidate { EndPoint: var endPoint })
            return;
        if (outcome is { Succeeded: true, ShortConnections: > 0 })
            _book.RecordAttempt(endPoint, countFailure: false); // It leaves soon: it has to last before it is good again.
        else if (outcome.Succeeded)
            _book.MarkGood(endPoint);
        else if (outcome.Phase != ConnectPhase.None && TellsOfTheAddress(outcome.Cause))
            _book.RecordAttempt(endPoint, outcome.CountsAgainstAddress && _isOnline());
    }

    /// <summary>Tells the book that a connection to one of its addresses did not last, which counts as a failed attempt, or that one lasted at last.</summary>
    /// <param name="candidate">The address, with its tag.</param>
    /// <param name="count">How many connections in a row did not last; 0 when this one lasted.</param>
    public void ReportShortConnections(in Candidate candidate, int count)
    {
        if (candidate.Tag is not AddressBookCandidate { EndPoint: var endPoint })
            return;
        if (count == 0)
            _book.MarkGood(endPoint);
        else
            _book.NotLasted(endPoint);
    }

    /// <summary>Chooses an address to connect to, by the rules above, without waiting.</summary>
    /// <param name="request">What it is for, and what the manager would say.</param>
    /// <param name="networks">The networks it may be of, whether or not they are among <see cref="Networks"/>.</param>
    /// <returns>The address; null when 100 draws found none.</returns>
    internal AddressBookCandidate? Choose(in CandidateRequest request, AddressNetworks networks)
    {
        if (TakeFirst(request, networks) is { } first)
            return first;
        _book.ResolveCollisions();
        var now = Now;
        for (var tries = 1; tries <= CandidateRules.MaxTries && _book.TrySelect(out var entry, networks, services: _requiredServices); tries++)
        {
            if (CandidateRules.Allow(entry, tries, _requiredServices, now) && MayBeDialled(request, entry.EndPoint))
                return new(entry);
        }

        return null;
    }

    /// <summary>
    /// Chooses an address for a short connection that only finds out whether a peer is there (a feeler of Bitcoin Core): one whose place in
    /// the tried table another one claims, else one from the new table, whatever its netgroup.
    /// </summary>
    /// <param name="request">What the manager would say: a request for a one-off.</param>
    /// <returns>The address; null when there is none to be tested.</returns>
    internal AddressBookCandidate? ChooseFeeler(in CandidateRequest request)
    {
        _book.ResolveCollisions();
        var now = Now;
        if (_book.TrySelectTriedCollision(out var claimed) && TestOfClaimed(request, claimed) is { } test)
            return test;
        for (var tries = 1; tries <= CandidateRules.MaxTries && _book.TrySelect(out var entry, _networks, AddressTables.New); tries++)
        {
            if (CandidateRules.AllowFeeler(entry, tries, now) && MayBeDialled(request, entry.EndPoint))
                return new(entry);
        }

        return null;
    }

    /// <summary>
    /// Chooses an address to connect to for the addresses that its peer knows, whatever services that offers, as long as it is a node, and
    /// whatever its netgroup.
    /// </summary>
    /// <param name="request">What the manager would say: a request for a one-off.</param>
    /// <returns>The address; null when there is none to be asked, or all were tried within 10 minutes.</returns>
    internal AddressBookCandidate? ChooseForAddressFetch(in CandidateRequest request)
    {
        var now = Now;
        for (var tries = 1; tries <= CandidateRules.MaxTries && _book.TrySelect(out var entry, _networks); tries++)
        {
            if (!CandidateRules.IsRecent(entry, now) && CandidateRules.AllowFeeler(entry, tries, now) && MayBeDialled(request, entry.EndPoint))
                return new(entry);
        }

        return null;
    }

    private static Candidate? ToCandidate(AddressBookCandidate? chosen) =>
        chosen?.EndPoint.ToEndPoint() is { } endPoint ? new Candidate(endPoint, chosen) : null;

    private static bool TellsOfTheAddress(ConnectFailureCause cause) => cause is not (
        ConnectFailureCause.Canceled or ConnectFailureCause.Superseded or ConnectFailureCause.Stopped or ConnectFailureCause.ProxyUnreachable);

    private AddressBookCandidate? TakeFirst(in CandidateRequest request, AddressNetworks networks)
    {
        while (TryPopFirst(networks, out var address))
        {
            if ((address.Services & _requiredServices) == _requiredServices && MayBeDialled(request, address.EndPoint))
            {
                var known = _book.TryGet(address.EndPoint, out var entry);
                return new(known ? entry : new AddressEntry { Address = address, Source = address.EndPoint.Address }, isAnchor: true);
            }
        }

        return null;
    }

    /// <summary>The last of those offered first that is of these networks. What can't be reached goes; what can waits for a choice among its own.</summary>
    private bool TryPopFirst(AddressNetworks networks, out PeerAddress address)
    {
        lock (_lock)
        {
            for (var i = _first.Count - 1; i >= 0; i--)
            {
                address = _first[i];
                var network = AddressNetworkTable.IndexOf(address.EndPoint.Address.Network);
                if (!networks.Has(network) && _networks.Has(network))
                    continue;
                _first.RemoveAt(i);
                if (networks.Has(network))
                    return true;
            }
        }

        address = default;
        return false;
    }

    /// <summary>A test is of no use when the peer is connected: that shows that it is there.</summary>
    private AddressBookCandidate? TestOfClaimed(in CandidateRequest request, in AddressEntry claimed)
    {
        if (!_networks.Has(AddressNetworkTable.IndexOf(claimed.EndPoint.Address.Network)) || claimed.EndPoint.ToEndPoint() is not { } endPoint)
            return null;
        var refusal = request.GetRefusal(endPoint);
        if (refusal == ConnectFailureCause.DuplicateAddress)
            _book.MarkGood(claimed.EndPoint);
        return refusal == ConnectFailureCause.None && !_isExcluded(claimed.EndPoint) ? new(claimed) : null;
    }

    private bool MayBeDialled(in CandidateRequest request, in NetworkEndPoint endPoint) =>
        endPoint.ToEndPoint() is { } dialled && request.GetRefusal(dialled) == ConnectFailureCause.None && !_isExcluded(endPoint);

    /// <summary>How long until an address may be given that was tried lately; zero for any other.</summary>
    private TimeSpan GetPace(AddressBookCandidate chosen)
    {
        var now = Now;
        if (chosen.IsAnchor || !CandidateRules.IsRecent(chosen.Entry, now))
            return TimeSpan.Zero;
        lock (_lock)
        {
            // Too far off: the clock was set back meanwhile.
            if (now < _nextLastResort && _nextLastResort - now <= Pace)
                return _nextLastResort - now;
            _nextLastResort = now + Pace;
            return TimeSpan.Zero;
        }
    }

    private TimeSpan PauseWithoutAny(TimeSpan pause) => _book.GetCount(_networks) == 0 ? Timeout.InfiniteTimeSpan : pause;

    private async Task WaitAsync(Task news, TimeSpan time, CancellationToken cancellationToken)
    {
        try
        {
            var waiting = news.WaitAsync(time, _book.TimeProvider, cancellationToken);
            _isWaiting = true;
            await waiting.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Time to look again.
        }
        finally
        {
            _isWaiting = false;
        }
    }
}
