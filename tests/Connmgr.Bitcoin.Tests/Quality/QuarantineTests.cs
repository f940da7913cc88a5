using CsCheck;

namespace Connmgr.Bitcoin.Tests.Quality;

/// <summary>The rules and the table of the quarantine.</summary>
public class QuarantineTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 30, 0, 0, 0, TimeSpan.Zero);
    private static readonly PeerQuarantine Options = new();
    private static readonly NetworkEndPoint One = NetworkEndPoint.Parse("1.2.3.4:8333");

    [Theory]
    [InlineData(DisconnectCause.PeerClosed, 29, QuarantineCause.LeftEarly, false)]
    [InlineData(DisconnectCause.Reset, 0, QuarantineCause.LeftEarly, false)]
    [InlineData(DisconnectCause.PeerClosed, 30, null, false)]
    [InlineData(DisconnectCause.PeerClosed, 600, null, true)]
    [InlineData(DisconnectCause.PingTimeout, 5, QuarantineCause.TimedOut, false)]
    [InlineData(DisconnectCause.SendTimeout, 599, QuarantineCause.TimedOut, false)]
    [InlineData(DisconnectCause.PingTimeout, 600, QuarantineCause.TimedOut, true)]
    [InlineData(DisconnectCause.Closed, 1, null, false)]
    [InlineData(DisconnectCause.Disconnected, 1, null, false)]
    [InlineData(DisconnectCause.LimitLowered, 1, null, false)]
    [InlineData(DisconnectCause.NetworkSuspended, 1, null, false)]
    [InlineData(DisconnectCause.Stopped, 1, null, false)]
    [InlineData(DisconnectCause.Stopped, 601, null, true)]
    internal void JudgeEnd_IsAboutWhatThePeerDid(DisconnectCause cause, int seconds, QuarantineCause? expected, bool lasted) =>
        Assert.Equal((expected, lasted), QuarantineRules.JudgeEnd(cause, TimeSpan.FromSeconds(seconds), Options));

    [Theory]
    [InlineData(ConnectPhase.Handshake, ConnectFailureCause.Timeout, QuarantineCause.TimedOut)]
    [InlineData(ConnectPhase.Handshake, ConnectFailureCause.Reset, QuarantineCause.LeftEarly)]
    [InlineData(ConnectPhase.Handshake, ConnectFailureCause.ProtocolViolation, null)]
    [InlineData(ConnectPhase.Handshake, ConnectFailureCause.Canceled, null)]
    [InlineData(ConnectPhase.Tcp, ConnectFailureCause.Timeout, null)]
    [InlineData(ConnectPhase.Proxy, ConnectFailureCause.Reset, null)]
    internal void JudgeFailure_CountsTheHandshakeAlone(ConnectPhase phase, ConnectFailureCause cause, QuarantineCause? expected) =>
        Assert.Equal(expected, QuarantineRules.JudgeFailure(phase, cause));

    [Fact]
    public void LacksPromised_OnlyServicesThatMatterAndWerePromised()
    {
        const NodeServices wanted = NodeServices.Network | NodeServices.CompactFilters;
        Assert.True(QuarantineRules.LacksPromised(wanted, NodeServices.Network, wanted));
        Assert.False(QuarantineRules.LacksPromised(NodeServices.Network, NodeServices.Network, wanted));
        Assert.False(QuarantineRules.LacksPromised(wanted | NodeServices.Bloom, wanted, wanted));
        Assert.False(QuarantineRules.LacksPromised(NodeServices.Network, NodeServices.Network | NodeServices.CompactFilters, wanted));
    }

    [Fact]
    public void Add_TimeAfterTime_DoublesTheRestUpToADay()
    {
        var table = new QuarantineTable(Options);
        var now = Start;
        int[] expected = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440];
        foreach (var minutes in expected)
        {
            Assert.False(table.IsResting(One, now));
            Assert.Equal(now + TimeSpan.FromMinutes(minutes), table.Add(One, now).RestsUntil);
            Assert.True(table.IsResting(One, now));
            now += TimeSpan.FromMinutes(minutes);
        }
    }

    [Fact]
    public void Forgive_HalvesTheTimes_AndForgetsInTheEnd()
    {
        var table = new QuarantineTable(Options);
        for (var i = 0; i < 5; i++)
            table.Add(One, Start);
        List<int?> times = [];
        while (table.Forgive(One))
            times.Add(table.Find(One, Start)?.Times);
        Assert.Equal([2, 1, null], times);
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Find_ADayAfterTheRest_IsForgotten()
    {
        var table = new QuarantineTable(Options);
        var until = table.Add(One, Start).RestsUntil;
        Assert.NotNull(table.Find(One, until + TimeSpan.FromDays(1) - TimeSpan.FromTicks(1)));
        Assert.Null(table.Find(One, until + TimeSpan.FromDays(1)));
        Assert.Equal(1, table.Add(One, until + TimeSpan.FromDays(1)).Times);
    }

    [Fact]
    public void IsResting_WhenTheClockWasSetBack_IsNot()
    {
        var table = new QuarantineTable(Options);
        table.Add(One, Start);
        Assert.False(table.IsResting(One, Start - TimeSpan.FromDays(400)));
    }

    [Fact]
    public void Add_BeyondTheMost_DropsTheOneWhoseRestEndsFirst()
    {
        var table = new QuarantineTable(Options);
        for (var i = 0; i < QuarantineTable.MaxCount; i++)
            table.Add(Address(i), Start + TimeSpan.FromSeconds(i));
        table.Add(Address(0), Start + TimeSpan.FromHours(2)); // Now the second one ends first.
        table.Add(Address(QuarantineTable.MaxCount), Start + TimeSpan.FromHours(2));
        Assert.Equal(QuarantineTable.MaxCount, table.Count);
        Assert.Null(table.Find(Address(1), Start + TimeSpan.FromHours(2)));
        Assert.Equal(2, table.Find(Address(0), Start + TimeSpan.FromHours(2))?.Times);
        Assert.NotNull(table.Find(Address(2), Start + TimeSpan.FromHours(2)));
    }

    /// <summary>Checks the table against a plain model of its rules, as long as it is not full.</summary>
    [Fact]
    public void Table_AnyHistory_IsAsTheModel() =>
        Gen.Select(Gen.Int[0, 3], Gen.Bool, Gen.Int[0, 3000]).Array[0, 60].Sample(static steps =>
        {
            var table = new QuarantineTable(Options);
            var model = new Dictionary<int, (int Times, DateTimeOffset Until)>();
            var now = Start;
            foreach (var (address, isCause, minutes) in steps)
            {
                now += TimeSpan.FromMinutes(minutes);
                foreach (var (key, kept) in model.ToArray())
                {
                    if (now - kept.Until >= Options.LongestRest)
                        model.Remove(key);
                }

                var times = model.TryGetValue(address, out var before) ? before.Times : 0;
                if (isCause)
                {
                    model[address] = (times + 1, now + TimeSpan.FromMinutes(Math.Min(5 * Math.Pow(2, times), 1440)));
                    table.Add(Address(address), now);
                }
                else
                {
                    table.Forgive(Address(address));
                    if (times > 1)
                        model[address] = before with { Times = times / 2 };
                    else
                        model.Remove(address);
                }

                for (var i = 0; i <= 3; i++)
                {
                    var has = model.TryGetValue(i, out var expected);
                    Assert.Equal(has ? new QuarantineEntry(Address(i), expected.Times, expected.Until) : null, table.Find(Address(i), now));
                    Assert.Equal(has && expected.Until > now, table.IsResting(Address(i), now));
                }

                Assert.Equal(model.Count, table.GetEntries(now).Length);
                Assert.Equal(model.Values.Count(kept => kept.Until > now), table.CountResting(now));
                Assert.Equal(
                    model.Where(kept => kept.Value.Until > now).Select(static kept => Address(kept.Key)).ToHashSet(),
                    table.GetResting(now).Select(static entry => entry.EndPoint).ToHashSet());
            }
        });

    [Fact]
    public void Restore_IsTheTableBefore()
    {
        var before = new QuarantineTable(Options);
        before.Add(One, Start);
        before.Add(Address(7), Start);
        before.Add(Address(7), Start);
        var after = new QuarantineTable(Options);
        after.Add(One, Start + TimeSpan.FromMinutes(1));
        after.Restore(before.GetEntries(Start), Start + TimeSpan.FromMinutes(1));
        Assert.Equal(2, after.Find(Address(7), Start)?.Times);
        Assert.Equal(Start + TimeSpan.FromMinutes(6), after.Find(One, Start)?.RestsUntil); // The table's own is newer.
    }

    [Fact]
    public void GetErrors_EachOption_IsNamed()
    {
        var errors = ((IValidatedOptions)new PeerPolicies
        {
            Quarantine = new()
            {
                LeavesWithin = TimeSpan.FromSeconds(-1),
                FirstRest = TimeSpan.Zero,
                LongestRest = TimeSpan.FromTicks(-1),
                LastsFrom = TimeSpan.FromSeconds(-1),
            },
        }).GetErrors();
        Assert.Equal(
            ["Quarantine.LeavesWithin", "Quarantine.FirstRest", "Quarantine.LongestRest", "Quarantine.LastsFrom"],
            errors.Select(static error => error.Split(' ')[0]),
            StringComparer.Ordinal);
        Assert.Single(((IValidatedOptions)new PeerPolicies { Quarantine = new() { LongestRest = TimeSpan.MaxValue } }).GetErrors()); // The end of a rest must be a date.
        Assert.Empty(((IValidatedOptions)new PeerPolicies()).GetErrors());
        Assert.Empty(((IValidatedOptions)PeerPolicies.None).GetErrors());
    }

    internal static NetworkEndPoint Address(int number) =>
        new(NetworkAddress.FromIPAddress(new System.Net.IPAddress([20, (byte)(number >> 16), (byte)(number >> 8), (byte)number])), 8333);
}
