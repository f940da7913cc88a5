using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Banning;

public class PeerReputationTests
{
    private static readonly IPEndPoint Peer = Ip("250.1.2.3");

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly PeerReputation _reputation;

    public PeerReputationTests() => _reputation = new(new PeerReputationOptions { Scores = new() { TimeProvider = _clock } });

    [Fact]
    public void Misbehaved_OverAndOver_IsWarnedDiscouragedBannedAndLetInAgain()
    {
        Assert.Equal(MisbehaviorAction.Tolerate, _reputation.ReportMisbehavior(Peer, Misbehavior.ProtocolViolation).Action);
        Assert.Equal(GateVerdict.Allow, Judge(Peer));
        Assert.Equal((80u, MisbehaviorAction.Discourage), Of(_reputation.ReportMisbehavior(Ip("250.1.2.3", 9), Misbehavior.ProtocolViolation)));
        Assert.Equal(GateVerdict.Discourage, Judge(Ip("250.1.2.3", 77)));
        Assert.True(_reputation.Discouraged.Contains(NetworkAddress.Parse("250.1.2.3")));
        Assert.Equal((120u, MisbehaviorAction.Ban), Of(_reputation.ReportMisbehavior(Peer, Misbehavior.ProtocolViolation)));
        Assert.Equal(GateVerdict.Refuse, Judge(Peer));
        Assert.Equal(GateVerdict.Allow, Judge(Ip("250.1.2.4")));
        var ban = Assert.Single(_reputation.Bans.GetBans());
        Assert.Equal(
            ("250.1.2.3/32", BanCause.Misbehavior, "protocol violation, score 120", TimeSpan.FromHours(24)),
            (ban.Target.ToString(), ban.Cause, ban.Comment, ban.Until - ban.Created));

        _clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal(GateVerdict.Discourage, Judge(Peer));
        Assert.Equal(40u, _reputation.ReportMisbehavior(Peer, Misbehavior.ProtocolViolation).Score);
    }

    [Fact]
    public void Misbehaved_IPv6_IsBannedWithItsSlash64()
    {
        for (var i = 1; i <= 3; i++)
            _reputation.ReportMisbehavior(Ip($"2600:1:2:3::{i}"), Misbehavior.ProtocolViolation);

        Assert.Equal("2600:1:2:3::/64", Assert.Single(_reputation.Bans.GetBans()).Target.ToString());
        Assert.Equal(GateVerdict.Refuse, Judge(Ip("2600:1:2:3:ff::1")));
        Assert.Equal(GateVerdict.Allow, Judge(Ip("2600:1:2:4::1")));
    }

    /// <summary>Each address in fc00::/8 is the hash of a key, and so a host.</summary>
    [Fact]
    public void Misbehaved_Cjdns_IsBannedAlone()
    {
        for (var i = 1; i <= 3; i++)
            _reputation.ReportMisbehavior(Ip("fc00::1"), Misbehavior.ProtocolViolation);

        Assert.Equal(GateVerdict.Refuse, Judge(Ip("fc00::1")));
        Assert.Equal(GateVerdict.Allow, Judge(Ip("fc00::2")));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("172.17.0.1")]
    [InlineData("192.168.9.5")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.1.1")]
    [InlineData("fe80::1")]
    [InlineData("fd00::1")]
    [InlineData("::ffff:10.1.2.3")]
    public void Misbehaved_AddressThatDoesNotStandForOneHost_IsNeverHeldAgainstIt_T55(string address)
    {
        for (var i = 0; i < 10; i++)
            Assert.Equal(default, _reputation.ReportMisbehavior(Ip(address), Misbehavior.InvalidData));

        Assert.Equal(GateVerdict.Allow, Judge(Ip(address)));
        Assert.Equal((0, 0), (_reputation.Bans.Count, _reputation.Scores.Count));
    }

    [Fact]
    public void Misbehaved_SharedAddress_IsNeverHeldAgainstIt_AndABanOfTheUsersHolds()
    {
        var shared = NetworkAddress.Parse("20.0.0.3");
        var reputation = new PeerReputation(new PeerReputationOptions { IsShared = address => address == shared });
        for (var i = 0; i < 10; i++)
            Assert.Equal(default, reputation.ReportMisbehavior(Ip("20.0.0.3"), Misbehavior.InvalidData));
        Assert.Equal(MisbehaviorAction.Discourage, reputation.ReportMisbehavior(Ip("20.0.0.4"), Misbehavior.InvalidData).Action);
        Assert.Equal(GateVerdict.Allow, reputation.Evaluate(Ip("20.0.0.3"), ConnectionDirection.Inbound));

        reputation.Bans.Add(BanTarget.Parse("20.0.0.3"), TimeSpan.FromDays(1));
        reputation.Bans.Add(BanTarget.Parse("172.17.0.1"), TimeSpan.FromDays(1));
        Assert.Equal(GateVerdict.Refuse, reputation.Evaluate(Ip("20.0.0.3"), ConnectionDirection.Inbound));
        Assert.Equal(GateVerdict.Refuse, reputation.Evaluate(Ip("172.17.0.1"), ConnectionDirection.Inbound));
    }

    [Fact]
    public void Misbehaved_HostNameOrNothing_IsNotKept()
    {
        Assert.Equal(default, _reputation.ReportMisbehavior(new DnsEndPoint("node.example", 8333), Misbehavior.InvalidData));
        Assert.Equal(default, _reputation.ReportMisbehavior((EndPoint?)null, Misbehavior.InvalidData));
        Assert.Equal(GateVerdict.Allow, _reputation.Evaluate(new DnsEndPoint("node.example", 8333), ConnectionDirection.Outbound));
    }

    [Fact]
    public void Misbehaved_Onion_IsDiscouragedByName_T55()
    {
        var onion = new DnsEndPoint("pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", 8333);

        _reputation.ReportMisbehavior(onion, Misbehavior.InvalidData);

        Assert.Equal(GateVerdict.Discourage, Judge(onion));
    }

    [Fact]
    public void Misbehaved_NoRoomForMoreBans_IsDiscouragedInstead()
    {
        var reputation = new PeerReputation(new()
        {
            Bans = new BanList(new() { TimeProvider = _clock, MaxByMisbehavior = 0 }),
            Scores = new() { TimeProvider = _clock },
        });

        Assert.Equal((101u, MisbehaviorAction.Discourage), Of(reputation.ReportMisbehavior(Peer, new Misbehavior("much", 101, 0))));
        Assert.Equal(GateVerdict.Discourage, reputation.Evaluate(Peer, ConnectionDirection.Inbound));
        Assert.Equal(102u, reputation.ReportMisbehavior(Peer, new Misbehavior("more", 1, 0)).Score);
    }

    [Fact]
    public void Misbehaved_BannedLongerAlready_LeavesThatBan()
    {
        _reputation.Bans.Add(BanTarget.Parse("250.1.2.3"), TimeSpan.FromDays(9));

        _reputation.ReportMisbehavior(Peer, new Misbehavior("much", 101, 0));

        Assert.Equal(BanCause.Manual, Assert.Single(_reputation.Bans.GetBans()).Cause);
    }

    [Fact]
    public void Judge_AllocatesNothing()
    {
        _reputation.Bans.Add(BanTarget.Parse("1.2.3.0/24"));
        _reputation.Discouraged.Add(NetworkAddress.Parse("1.2.4.0"));
        EndPoint[] endPoints = [Peer, Ip("1.2.3.4"), Ip("1.2.4.0"), Ip("::ffff:1.2.3.4"), new DnsEndPoint("node.example", 1)];

        Assert.Equal(0, Allocations.Least(() =>
        {
            foreach (var endPoint in endPoints)
                Judge(endPoint);
        }));
    }

    [Fact]
    public void Constructor_OptionNotValid_NamesIt()
    {
        Assert.Contains(" BanDuration is ", Assert.Throws<ArgumentException>(
            () => new PeerReputation(new() { BanDuration = TimeSpan.Zero })).Message, StringComparison.Ordinal);
        Assert.Contains(" Scores is ", Assert.Throws<ArgumentException>(
            () => new PeerReputation(new() { Scores = null! })).Message, StringComparison.Ordinal);
    }

    private static IPEndPoint Ip(string address, int port = 8333) => new(IPAddress.Parse(address), port);

    private static (uint Score, MisbehaviorAction Verdict) Of(HostScore score) => (score.Score, score.Action);

    private GateVerdict Judge(EndPoint endPoint) => _reputation.Evaluate(endPoint, ConnectionDirection.Inbound);
}
