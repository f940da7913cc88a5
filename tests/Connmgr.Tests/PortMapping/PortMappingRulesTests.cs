using System.Collections.Immutable;
using System.Net;
using CsCheck;

namespace Connmgr.Tests.PortMapping;

public sealed class PortMappingRulesTests
{
    private static readonly IPEndPoint External = IPEndPoint.Parse("24.0.0.1:8333");
    private static readonly MappingAnswer Mapped = new(External, TimeSpan.FromMinutes(40), Epoch: 1000);

    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void Auto_FirstMethodFails_TriesTheNextAtOnce_AndStaysWithTheOneThatWorks()
    {
        var rules = Create(PortMappingMethod.Pcp, PortMappingMethod.NatPmp);
        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, TimeSpan.Zero);

        Ask(rules).OnFailed(_now, GatewayFailure.Refused, "not spoken there");

        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.NatPmp, TimeSpan.Zero);
        Assert.Null(rules.Failure); // The round is not over.
        Ask(rules).OnMapped(_now, Mapped);
        Assert.Equal((Mapped, External, _now + TimeSpan.FromMinutes(40)), (rules.Held, rules.LastExternal, rules.ExpiresAt));
        AssertNext(rules, PortMappingAction.Check, PortMappingMethod.NatPmp, TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void AllMethodsFail_TellsWhy_AndWaitsLongerEachTime()
    {
        var rules = Create(PortMappingMethod.Pcp, PortMappingMethod.NatPmp);
        foreach (var minutes in (int[])[5, 10, 20, 30, 30])
        {
            Ask(rules).OnFailed(_now, GatewayFailure.NoAnswer, "no answer");
            Ask(rules).OnFailed(_now, GatewayFailure.Refused, "refused (NotAuthorized)");

            Assert.Equal("PCP: no answer; NAT-PMP: refused (NotAuthorized)", rules.Failure);
            AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, TimeSpan.FromMinutes(minutes));
            _now += TimeSpan.FromMinutes(minutes);
        }

        Ask(rules).OnMapped(_now, Mapped);
        Assert.Null(rules.Failure);
    }

    [Theory]
    [InlineData(60, 300)]
    [InlineData(900, 900)]
    [InlineData(86_400, 1800)]
    public void Refused_GatewayAsksToWait_WaitsThatLongWithinLimits(int asked, int waits)
    {
        var rules = Create(PortMappingMethod.Pcp);

        Ask(rules).OnFailed(_now, GatewayFailure.Refused, "refused (NoResources)", TimeSpan.FromSeconds(asked));

        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, TimeSpan.FromSeconds(waits));
    }

    [Fact]
    public void Held_ChecksEveryFiveMinutes_AndRenewsAtHalfTheLifetime()
    {
        var rules = Held();
        foreach (var minutes in (int[])[5, 10, 15])
        {
            _now += TimeSpan.FromMinutes(5);
            AssertNext(rules, PortMappingAction.Check, PortMappingMethod.Pcp, TimeSpan.Zero);
            Ask(rules).OnChecked(_now, new CheckAnswer(IsMapped: true, Address: null, Epoch: (uint)(1000 + (minutes * 60))));
        }

        _now += TimeSpan.FromMinutes(5);
        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, TimeSpan.Zero);
        Ask(rules).OnMapped(_now, Mapped with { External = IPEndPoint.Parse("24.0.0.9:9000"), Epoch = 2200 });
        Assert.Equal(IPEndPoint.Parse("24.0.0.9:9000"), rules.Held!.External);
        AssertNext(rules, PortMappingAction.Check, PortMappingMethod.Pcp, TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData(true, null, 0u)] // The gateway has restarted.
    [InlineData(true, "24.0.0.9", null)] // It has another address.
    [InlineData(false, "24.0.0.1", null)] // It does not know the mapping any more.
    public void Checked_SomethingHasChanged_RenewsAtOnce(bool isMapped, string? address, uint? epoch)
    {
        var rules = Held();
        _now += TimeSpan.FromMinutes(5);

        Ask(rules).OnChecked(_now, new CheckAnswer(isMapped, address is null ? null : IPAddress.Parse(address), epoch));

        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, TimeSpan.Zero);
        Assert.NotNull(rules.Held); // Until the answer tells.
    }

    [Fact]
    public void Held_NoAnswer_IsLostTheThirdTime()
    {
        var rules = Held();
        _now += TimeSpan.FromMinutes(5);
        for (var i = 0; i < 2; i++)
        {
            Ask(rules).OnFailed(_now, GatewayFailure.NoAnswer, "no answer");
            AssertNext(rules, PortMappingAction.Check, PortMappingMethod.Pcp, PortMappingRules.MissedPause);
            Assert.NotNull(rules.Held);
            _now += PortMappingRules.MissedPause;
        }

        Ask(rules).OnFailed(_now, GatewayFailure.NoAnswer, "no answer");

        Assert.Null(rules.Held);
        Assert.Equal("PCP: no answer", rules.Failure);
        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, PortMappingRules.ShortestPause);
        Assert.Equal(External, rules.LastExternal); // It is asked for again.
    }

    [Fact]
    public void Held_Refused_IsLostAtOnce()
    {
        var rules = Held();
        _now += TimeSpan.FromMinutes(20);

        Ask(rules).OnFailed(_now, GatewayFailure.Refused, "refused (NotAuthorized)");

        Assert.Null(rules.Held);
        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, PortMappingRules.ShortestPause);
    }

    [Fact]
    public void Held_NotRenewedInTime_IsLost()
    {
        var rules = Held();

        _now += TimeSpan.FromMinutes(40); // The machine slept.
        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, TimeSpan.Zero);

        Assert.Null(rules.Held);
        Assert.Equal("PCP: the mapping was not renewed in time", rules.Failure);
    }

    [Fact]
    public void Announced_RenewsAtOnce_ButNotMoreOftenThanThePause()
    {
        var rules = Held();
        rules.OnAnnouncement(_now);
        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, PortMappingRules.ShortestPause);
        _now += TimeSpan.FromMinutes(1);
        rules.OnAnnouncement(_now);
        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, TimeSpan.Zero);

        Ask(rules).OnMapped(_now, Mapped);
        rules.OnAnnouncement(_now);
        rules.OnAnnouncement(_now);

        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, PortMappingRules.ShortestPause);
    }

    /// <summary>Checks that announcements without end, each of another address, cost a few requests at once, and then at most two every 5 minutes.</summary>
    [Fact]
    public void Announced_WithoutEnd_IsHeardEveryFewMinutes()
    {
        var (rules, asked, start) = (Held(), 0, _now);
        while (_now - start < TimeSpan.FromHours(2))
        {
            _now += TimeSpan.FromSeconds(10);
            rules.OnAnnouncement(_now);
            if (rules.GetNext(_now) is not { Action: PortMappingAction.Map } next || next.At > _now)
                continue;
            asked++;
            rules.OnAsked(_now);
            rules.OnMapped(_now, Mapped with { External = new(External.Address, 1024 + asked), Epoch = null });
        }

        Assert.InRange(asked, 24, 48 + PortMappingRules.MaxEarly);
    }

    [Fact]
    public void Announced_WhileNothingIsMapped_TriesAgain()
    {
        var rules = Create(PortMappingMethod.Pcp);
        Ask(rules).OnFailed(_now, GatewayFailure.NoAnswer, "no answer");
        _now += TimeSpan.FromMinutes(1);

        rules.OnAnnouncement(_now);

        AssertNext(rules, PortMappingAction.Map, PortMappingMethod.Pcp, TimeSpan.Zero);
    }

    [Theory]
    [InlineData("24.0.0.1:0", 40, "it gave no port")]
    [InlineData("24.0.0.1:8333", 0.5, "it gave a lifetime of 30 s")]
    [InlineData("0.0.0.0:8333", 40, "it has no external address")]
    [InlineData("[::]:8333", 40, "it has no external address")]
    public void Mapped_UselessAnswer_IsARefusal(string external, double minutes, string reason)
    {
        var rules = Create(PortMappingMethod.Pcp);

        Ask(rules).OnMapped(_now, new MappingAnswer(IPEndPoint.Parse(external), TimeSpan.FromMinutes(minutes), Epoch: 1));

        Assert.Null(rules.Held);
        Assert.Equal($"PCP: {reason}", rules.Failure);
    }

    /// <summary>
    /// Whatever a gateway answers and whoever announces: no request before its time, a mapping is held only after an answer that gave it and never
    /// beyond its lifetime, it is renewed at half of that, and after 3 missing answers or a refusal it is gone. Requests do not come faster than the rules allow.
    /// </summary>
    [Fact]
    public void AnyAnswers_KeepTheInvariants()
    {
        var reached = new Dictionary<string, int>(StringComparer.Ordinal);
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 3600], Gen.UInt[0, 5000]).Array[1, 60].Sample(
            drawn =>
            {
                var now = TimeSpan.Zero;
                ImmutableArray<PortMappingMethod> methods = [PortMappingMethod.Pcp, PortMappingMethod.NatPmp];
                var rules = new PortMappingRules(methods, now);
                var (missed, asked, mappedAt, lifetime) = (0, 0, TimeSpan.Zero, TimeSpan.Zero);
                foreach (var (kind, seconds, number) in drawn)
                {
                    if (kind == 0)
                    {
                        now += TimeSpan.FromSeconds(seconds);
                        rules.OnAnnouncement(now);
                        continue;
                    }

                    var step = rules.GetNext(now);
                    if (step.At > now)
                        now = step.At;
                    var wasHeld = rules.Held is not null;
                    step = rules.GetNext(now);
                    Count(wasHeld && rules.Held is null ? "expired" : $"{step.Action}");
                    if (rules.Held is not null)
                        Assert.True(now < mappedAt + lifetime);
                    if (step.Action == PortMappingAction.Check)
                        Assert.True(rules.Held is not null && now < mappedAt + (lifetime / 2));
                    if (step.At > now)
                        continue; // It was lost by the time.
                    rules.OnAsked(now);
                    asked++;
                    var had = rules.Held is not null;
                    switch (kind)
                    {
                        case < 5 when step.Action == PortMappingAction.Map:
                            rules.OnMapped(now, new MappingAnswer(External, TimeSpan.FromSeconds(number), number));
                            if (number >= 60)
                                (mappedAt, lifetime) = (now, TimeSpan.FromSeconds(number));
                            Assert.Equal(number >= 60, rules.Held is not null);
                            missed = 0;
                            break;
                        case < 5:
                            rules.OnChecked(now, new CheckAnswer(kind != 1, Address: null, number));
                            Assert.NotNull(rules.Held);
                            missed = 0;
                            break;
                        case < 8:
                            rules.OnFailed(now, GatewayFailure.NoAnswer, "no answer");
                            missed = had ? missed + 1 : 0;
                            Assert.Equal(had && missed < PortMappingRules.MaxMissed, rules.Held is not null);
                            Count(had && rules.Held is null ? "lost" : "missed");
                            missed = rules.Held is null ? 0 : missed;
                            break;
                        default:
                            rules.OnFailed(now, GatewayFailure.Refused, "refused", TimeSpan.FromSeconds(number));
                            Assert.Null(rules.Held);
                            missed = 0;
                            Count("refused");
                            break;
                    }
                }

                // Two methods in a round, and a renewal after a check, are all that comes without a pause.
                Assert.True(asked <= 4 + (2 * (now / PortMappingRules.ShortestPause)), $"{asked} requests in {now}");
            },
            print: static drawn => string.Join(' ', drawn),
            iter: 1_000);
        foreach (var what in (string[])["Map", "Check", "lost", "missed", "refused"])
            Assert.True(reached.GetValueOrDefault(what) > 50, $"{what}: {reached.GetValueOrDefault(what)}");

        void Count(string what)
        {
            lock (reached)
                reached[what] = reached.GetValueOrDefault(what) + 1;
        }
    }

    private PortMappingRules Create(params ImmutableArray<PortMappingMethod> methods) => new(methods, _now);

    private PortMappingRules Held()
    {
        var rules = Create(PortMappingMethod.Pcp);
        Ask(rules).OnMapped(_now, Mapped);
        return rules;
    }

    private PortMappingRules Ask(PortMappingRules rules)
    {
        Assert.True(rules.GetNext(_now).At <= _now);
        rules.OnAsked(_now);
        return rules;
    }

    private void AssertNext(PortMappingRules rules, PortMappingAction action, PortMappingMethod method, TimeSpan from)
    {
        var next = rules.GetNext(_now);
        var at = next.At < _now ? _now : next.At;
        Assert.Equal((action, method, _now + from), (rules.GetNext(at).Action, next.Method, at));
    }
}
