using System.Collections.Immutable;
using CsCheck;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>The choice of the peer that ends when there is one in addition to the target.</summary>
public class ExtraPeerRulesTests
{
    private static readonly TimeSpan Old = TimeSpan.FromHours(1);

    private static readonly Gen<ExtraPeerMember> GenMember = Gen.Select(Gen.Int[0, 60], Gen.Int[-1, 4], Gen.Int[0, 2], Gen.Int[0, 9], static (age, block, network, state) =>
        new ExtraPeerMember(
            0,
            TimeSpan.FromSeconds(age),
            block < 0 ? null : TimeSpan.FromSeconds(block),
            (AddressNetworks[])[AddressNetworks.IPv4, AddressNetworks.IPv6, AddressNetworks.TorV3] is var networks ? networks[network] : default,
            IsProtected: state is 0 or 1,
            IsBusy: state is 1 or 2));

    private static readonly Gen<ImmutableArray<ExtraPeerMember>> GenMembers =
        GenMember.Array[0, 10].Select(static all => all.Select(static (one, id) => one with { Id = id }).ToImmutableArray());

    /// <summary>Checks the choice against the sentences of its description.</summary>
    [Fact]
    public void FindFull_AnyPeers_IsTheLeastUsefulOfThoseThatMayEnd()
    {
        var reached = new int[4];
        Gen.Select(GenMembers, Gen.Bool.Select(static one => one ? AddressNetworks.IPv4 : AddressNetworks.IPv6).Array[0, 2]).Sample(
            (members, others) =>
            {
                var candidates = members.Where(member => !member.IsProtected
                    && (members.Count(other => other.Network == member.Network) > 1 || others.Contains(member.Network))).ToArray();
                var worst = candidates.OrderBy(static member => member.LastBlock ?? TimeSpan.MinValue).ThenByDescending(static member => member.Id).Take(1).ToArray();
                var ended = ExtraPeerRules.FindFull(members, others);
                var isDue = worst is [{ IsBusy: false } found] && found.Age >= TimeSpan.FromSeconds(30);
                Assert.Equal(isDue ? worst[0].Id : null, ended?.Id);
                reached[candidates.Length == 0 ? 0 : worst[0].IsBusy ? 1 : isDue ? 2 : 3]++;
            },
            threads: 1,
            seed: "0N0XIzNsQ0O2",
            iter: 2000);
        Assert.All(reached, static count => Assert.True(count > 20));
    }

    [Fact]
    public void FindBlockRelay_TheYoungestDeliveredNoBlock_IsTheYoungest()
    {
        Assert.Equal(3, ExtraPeerRules.FindBlockRelay([Peer(1), Peer(3), Peer(2)])?.Id);
        Assert.Equal(3, ExtraPeerRules.FindBlockRelay([Peer(1), Peer(3, block: 5), Peer(2, block: 5)])?.Id);
        Assert.Equal(3, ExtraPeerRules.FindBlockRelay([Peer(3)])?.Id);
    }

    [Fact]
    public void FindBlockRelay_TheYoungestDeliveredALaterBlock_IsTheSecondYoungest()
    {
        Assert.Equal(2, ExtraPeerRules.FindBlockRelay([Peer(1), Peer(3, block: 6), Peer(2, block: 5)])?.Id);
        Assert.Equal(2, ExtraPeerRules.FindBlockRelay([Peer(1, block: 9), Peer(3, block: 0), Peer(2)])?.Id);
    }

    [Fact]
    public void FindBlockRelay_YoungOrBusy_IsNone()
    {
        Assert.Null(ExtraPeerRules.FindBlockRelay([Peer(1), Peer(2) with { Age = TimeSpan.FromSeconds(29.9) }]));
        Assert.Equal(2, ExtraPeerRules.FindBlockRelay([Peer(1), Peer(2) with { Age = TimeSpan.FromSeconds(30) }])?.Id);
        Assert.Null(ExtraPeerRules.FindBlockRelay([Peer(1), Peer(2) with { IsBusy = true }]));
        Assert.Null(ExtraPeerRules.FindBlockRelay([]));
    }

    private static ExtraPeerMember Peer(long id, int? block = null) =>
        new(id, Old, block is { } seconds ? TimeSpan.FromSeconds(seconds) : null, AddressNetworks.IPv4);
}
