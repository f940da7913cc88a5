using System.Net;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>What the rules decided, carried out. <see cref="CarryOut(SeedingStep)"/> and what begins with On run on the loop.</summary>
public sealed partial class AddressSeeder
{
    private const string FixedName = "fixed seeds";
    private const string KnownName = "known peers";

    private void CarryOut(SeedingStep step)
    {
        if (step.Fixed != AddressNetworks.None)
            TakeFixed(step.Fixed);
        if (step.Node is { } node)
            Begin(seeder => seeder.AskNodeAsync(node));
        foreach (var index in step.Dns)
        {
            if (_namesGoThroughProxy)
                Begin(seeder => seeder.AskDnsSeedThroughProxyAsync(index));
            else
                Begin(seeder => seeder.AskDnsSeedAsync(index));
        }
    }

    private void CarryOut(FallbackStep step)
    {
        foreach (var index in step.Dns)
            Begin(seeder => seeder.AskDnsSeedForOrdinaryAsync(index));
        if (step.AsksPeer)
            Begin(static seeder => seeder.AskKnownAsync());
    }

    private void Begin(Func<AddressSeeder, Task> ask)
    {
        _underWay++;
        _schedule(
            static state =>
            {
                var (ask, seeder) = ((Func<AddressSeeder, Task>, AddressSeeder))state;
                return ask(seeder);
            },
            (ask, this));
    }

    private Task AskDnsSeedAsync(int index) => AskDnsSeedAsync(index, _services, (seeder, answer) => seeder.OnDnsSeedAnswered(index, answer));

    private Task AskDnsSeedForOrdinaryAsync(int index) => AskDnsSeedAsync(index, _fallbackServices, (seeder, answer) => seeder.OnOrdinaryAnswered(index, answer));

    private async Task AskDnsSeedAsync(int index, ulong services, Action<AddressSeeder, DnsSeedOutcome> onAnswered)
    {
        try
        {
            var answer = await _dnsSeeder.AskAsync(_dnsSeeds[index], services, _stop.Token).ConfigureAwait(false);
            Post(() => onAnswered(this, answer));
        }
        catch (OperationCanceledException)
        {
            Post(OnCanceled);
        }
    }

    /// <summary>Asks a known peer. Those that give nothing are not told of one by one: they may be many.</summary>
    private async Task AskKnownAsync()
    {
        var startedAt = _timeProvider.GetTimestamp();
        int? count = 0;
        using var deadline = new CancellationTokenSource(_fetchTimeout, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, deadline.Token);
        try
        {
            var fetch = _fetchFromKnown!(either.Token).AsTask();
            try
            {
                count = await fetch.WaitAsync(either.Token).ConfigureAwait(false);
            }
            finally
            {
                LateTask.Observe(fetch); // Left to itself when it ignores its token.
            }
        }
        catch (Exception exception)
        {
            LogKnownFailed(_logger, exception);
        }

        var duration = _timeProvider.GetElapsedTime(startedAt);
        Post(() => OnKnownAsked(count, duration));
    }

    /// <summary>Asks a DNS seed as a peer, by its bare name; and by a look-up at the same time, when there is one that goes through the proxy.</summary>
    private async Task AskDnsSeedThroughProxyAsync(int index)
    {
        var seed = _dnsSeeds[index];
        var fetching = FetchAsync(SeedKind.Dns, seed.Host, new DnsEndPoint(seed.Host, _chain.DefaultPort));
        var looked = 0;
        if (_looksUpThroughProxy)
        {
            try
            {
                var answer = await _dnsSeeder.AskAsync(seed, _services, _stop.Token).ConfigureAwait(false);
                looked = answer.Addresses.Count;
                if (looked > 0)
                    Post(() => Take(answer)); // At once: a peer may take two minutes to say that it has none.
            }
            catch (OperationCanceledException)
            {
                // The fetch ends too, and says so.
            }
        }

        End(index, await fetching.ConfigureAwait(false) is { } fetched ? With(fetched, looked) : null);
    }

    private async Task AskNodeAsync(int index) =>
        End(index, await FetchAsync(SeedKind.Node, EndPointText.Of(_seedNodes[index]), _seedNodes[index]).ConfigureAwait(false));

    /// <summary>What a fetch gave and what a look-up of the same seed did.</summary>
    private static SeedOutcome With(SeedOutcome fetched, int looked) => looked == 0
        ? fetched
        : fetched with { AddressCount = fetched.AddressCount + looked, Failure = SeedFailure.None, Exception = null };

    private void End(int index, SeedOutcome? fetched)
    {
        if (fetched is null)
            Post(OnCanceled);
        else
            Post(() => OnFetched(index, fetched));
    }

    /// <returns>How it went; null when it was cut short by the end of the run.</returns>
    private async Task<SeedOutcome?> FetchAsync(SeedKind kind, string name, EndPoint endPoint)
    {
        var startedAt = _timeProvider.GetTimestamp();
        var outcome = new SeedOutcome { Kind = kind, Name = name };
        using var deadline = new CancellationTokenSource(_fetchTimeout, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, deadline.Token);
        try
        {
            outcome = outcome with { AddressCount = await FetchAsync(endPoint, either.Token).ConfigureAwait(false) };
            if (outcome.AddressCount <= 0)
                outcome = outcome with { AddressCount = 0, Failure = SeedFailure.NoAddresses };
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception) when (deadline.IsCancellationRequested)
        {
            outcome = outcome with { Failure = SeedFailure.Timeout };
        }
        catch (Exception e)
        {
            outcome = outcome with { Failure = SeedFailure.Failed, Exception = e };
        }

        return outcome with { Duration = _timeProvider.GetElapsedTime(startedAt) };
    }

    private async Task<int> FetchAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var fetch = _fetchFrom!(endPoint, cancellationToken).AsTask();
        try
        {
            return await fetch.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            LateTask.Observe(fetch); // Left to itself when it ignores its token.
        }
    }

    private void OnCanceled() => _underWay--;

    private void OnDnsSeedAnswered(int index, DnsSeedOutcome answer)
    {
        _underWay--;
        OnEnded(index, Taken(answer));
    }

    private void OnOrdinaryAnswered(int index, DnsSeedOutcome answer)
    {
        _underWay--;
        var outcome = Taken(answer);
        _fallback.DnsEnded(index, outcome.AddressCount > 0, _timeProvider.GetElapsedTime(_startedAt));
        Record(outcome with { TimesAsked = _fallback.TimesAsked(index) });
    }

    private void OnKnownAsked(int? count, TimeSpan duration)
    {
        _underWay--;
        _fallback.PeerEnded(wasThereOne: count is not null, _timeProvider.GetElapsedTime(_startedAt));
        if (count is not > 0)
            return;
        LogAnswered(_logger, KnownName, count.Value);
        Record(new SeedOutcome { Kind = SeedKind.Known, Name = KnownName, AddressCount = count.Value, Duration = duration, TimesAsked = _fallback.PeersAsked });
    }

    /// <summary>What a look-up came to, with its addresses in the book.</summary>
    private SeedOutcome Taken(DnsSeedOutcome answer)
    {
        var outcome = new SeedOutcome
        {
            Kind = SeedKind.Dns,
            Name = answer.Host,
            AddressCount = answer.Addresses.Count,
            Failure = answer.Failure switch
            {
                DnsSeedFailure.None => SeedFailure.None,
                DnsSeedFailure.NoAddresses => SeedFailure.NoAddresses,
                DnsSeedFailure.Timeout => SeedFailure.Timeout,
                _ => SeedFailure.Failed,
            },
            Exception = answer.Exception,
            Duration = answer.Duration,
        };
        return outcome.AddressCount > 0 ? Add(outcome, answer.Addresses, answer.Seed.Source) : outcome;
    }

    /// <summary>What a look-up beside a fetch gave. The end of the fetch tells of both.</summary>
    private void Take(DnsSeedOutcome answer)
    {
        var outcome = new SeedOutcome { Kind = SeedKind.Dns, Name = answer.Host, AddressCount = answer.Addresses.Count };
        if (Add(outcome, answer.Addresses, answer.Seed.Source).Failure == SeedFailure.None)
            Call(nameof(AddressSeederOptions.AddressesAdded), _addressesAdded);
    }

    private void OnFetched(int index, SeedOutcome outcome)
    {
        _underWay--;
        if (outcome.Failure == SeedFailure.None)
            LogAnswered(_logger, outcome.Name, outcome.AddressCount);
        else
            LogFailed(_logger, outcome.Name, outcome.Failure, outcome.Exception);
        OnEnded(index, outcome);
    }

    private void OnEnded(int index, SeedOutcome outcome)
    {
        // What left the book empty was of no use, whatever it said: a captive portal answers every name with an address of its own.
        var gave = outcome.AddressCount > 0 && _countAddresses(_reachable) > 0;
        var now = _timeProvider.GetElapsedTime(_startedAt);
        if (outcome.Kind == SeedKind.Node)
            _rules.NodeEnded(index, gave, now);
        else
            _rules.DnsEnded(index, gave, now);
        Record(outcome with { TimesAsked = _rules.TimesAsked(outcome.Kind, index) });
    }

    private void TakeFixed(AddressNetworks networks)
    {
        var seeds = _chain.FixedSeeds.Where(seed => (networks & seed.Address.Network.ToSet()) != AddressNetworks.None);
        var now = _timeProvider.GetUtcNow();
        PeerAddress[] addresses = [.. seeds.Select(seed => new PeerAddress(seed, _services, now - RandomAge()))];
        var outcome = new SeedOutcome { Kind = SeedKind.Fixed, Name = FixedName, AddressCount = addresses.Length };
        var taken = Add(outcome, addresses, NetworkAddress.FromName(FixedName));
        LogFixed(_logger, networks, taken.AddressCount);
        Record(taken);
    }

    /// <summary>7 to 14 days, as in Bitcoin Core: whatever else is known is preferred.</summary>
    private TimeSpan RandomAge()
    {
        const int secondsPerWeek = 7 * 24 * 60 * 60;
        return TimeSpan.FromSeconds(secondsPerWeek + _random.Next(secondsPerWeek));
    }

    private SeedOutcome Add(SeedOutcome outcome, IReadOnlyList<PeerAddress> addresses, NetworkAddress source)
    {
        try
        {
            _addAddresses(addresses, source);
            return outcome;
        }
        catch (Exception e)
        {
            LogCallbackFailed(_logger, nameof(AddressSeederOptions.AddAddresses), e);
            return outcome with { AddressCount = 0, Failure = SeedFailure.Failed, Exception = e };
        }
    }

    private void Record(SeedOutcome outcome)
    {
        var recorded = outcome with { Time = _timeProvider.GetUtcNow() };
        var index = Array.FindIndex(_outcomes, known => known.Kind == recorded.Kind && string.Equals(known.Name, recorded.Name, StringComparison.Ordinal));
        var outcomes = index < 0 ? [.. _outcomes, recorded] : (SeedOutcome[])_outcomes.Clone();
        if (index >= 0)
            outcomes[index] = recorded;
        _outcomes = outcomes;

        if (recorded.AddressCount > 0)
            Call(nameof(AddressSeederOptions.AddressesAdded), _addressesAdded);
        if (_onSeeded is { } onSeeded)
            Call(nameof(AddressSeederOptions.OnSeeded), () => onSeeded(recorded));
    }

    private void Call(string name, Action? callback)
    {
        try
        {
            callback?.Invoke();
        }
        catch (Exception e)
        {
            LogCallbackFailed(_logger, name, e);
        }
    }
}
