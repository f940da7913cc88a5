using System.Net;
using Connmgr.Rules;
using CsCheck;

namespace Connmgr.Tests.Connections.Rules;

/// <summary>The assignment of connections to groups against every assignment that there is.</summary>
public class GroupAssignmentTests
{
    private static readonly IPEndPoint[] Addresses = [new(IPAddress.Parse("20.0.0.1"), 8333), new(IPAddress.Parse("2a00::1"), 8333)];

    private static readonly Gen<OutboundGroup> Group = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 7], Gen.Int[0, 4], Gen.Int[0, 3], (target, traits, networks, profile) => new OutboundGroup("?", target)
    {
        Traits = (UInt128)(uint)traits,
        Networks = networks switch { 0 => AddressNetworks.IPv4, 1 => AddressNetworks.IPv6, _ => AddressNetworks.All },
        Profile = profile == 0 ? "other" : string.Empty,
    });

    /// <summary>1 to 4 groups, with names of few, so that a change of groups keeps some.</summary>
    private static readonly Gen<OutboundGroup[]> Groups = Gen.Select(Group.Array[1, 4], Gen.Int[0, 5], (groups, first) => groups
        .Select((group, index) => new OutboundGroup($"group {(first + index) % 6}", group.Target) { Traits = group.Traits, Networks = group.Networks, Profile = group.Profile }).ToArray());

    private enum Step
    {
        Join,
        Leave,
        LeaveTwo,
        Replace,
        ChangeTraits,
        ChangeTargets,
        ChangeGroups,
        HoldOrRelease,
    }

    [Fact]
    public void AnyEvents_TheBestOfAllAssignmentsWithTheFewestMoves()
    {
        var seen = new int[8];
        var (moves, refused, ended) = (0, 0, 0);
        Gen.Select(Groups, Gen.Select(Gen.Int[0, 15], Gen.Int[0, 1 << 20], Groups).Array[1, 25]).Sample(
            (groups, steps) =>
            {
                var world = new World(groups);
                foreach (var (kind, number, others) in steps)
                {
                    var step = kind < 8 ? Step.Join : (Step)(kind - 8);
                    world.Do(step, number, others);
                    Interlocked.Increment(ref seen[(int)step]);
                }

                Interlocked.Add(ref moves, world.Moves);
                Interlocked.Add(ref refused, world.Refused);
                Interlocked.Add(ref ended, world.Ended);
            },
            iter: Effort.Of(2_000));
        Assert.All(seen, static times => Assert.True(times > 1_000, "A kind of step was hardly reached."));
        Assert.True(moves > 200 && refused > 1_000 && ended > 200, $"{moves} moves, {refused} refused, {ended} ended: this shows little.");
    }

    /// <summary>Connections that join, leave and change, and after each event every assignment of them.</summary>
    private sealed class World(OutboundGroup[] groups)
    {
        private readonly GroupAssignment _assignment = new(new GroupSet([.. groups]));
        private readonly List<Link> _links = [];
        private readonly List<int> _held = [];
        private Dictionary<Link, string> _before = [];
        private int _next;

        public int Moves { get; private set; }

        public int Refused { get; private set; }

        public int Ended { get; private set; }

        private GroupSet Set => _assignment.Groups;

        public void Do(Step step, int number, OutboundGroup[] others)
        {
            _before = _links.ToDictionary(link => link, link => link.Group!.Name);
            switch (step)
            {
                case Step.Join:
                    Join(number);
                    break;
                case Step.Leave or Step.LeaveTwo or Step.Replace when _links.Count > 0:
                    Leave(number);
                    if (step == Step.LeaveTwo && _links.Count > 0)
                        Leave(number / 7);
                    if (step == Step.Replace)
                        Join(number / 7);
                    break;
                case Step.ChangeTraits when _links.Count > 0:
                    ChangeTraits(_links[number % _links.Count], (uint)(number / 64) % 8);
                    break;
                case Step.ChangeTargets:
                    Change([.. Set.All.Select((group, index) => With(group, others[index % others.Length].Target))]);
                    break;
                case Step.ChangeGroups:
                    Change(others);
                    break;
                case Step.HoldOrRelease when number % 2 == 0 && _held.Count > 0:
                    _assignment.Release(_held[0]);
                    _held.RemoveAt(0);
                    break;
                case Step.HoldOrRelease when Set.Count > number % 4 && _assignment.GetVacant(number % 4) > 0:
                    _assignment.Hold(number % 4);
                    _held.Add(number % 4);
                    break;
                default:
                    break;
            }

            _assignment.Settle();
            Check();
        }

        private static OutboundGroup With(OutboundGroup group, int target) => new(group.Name, target) { Traits = group.Traits, Networks = group.Networks, Profile = group.Profile };

        private void Join(int number)
        {
            var endPoint = Addresses[number % 2];
            var link = new Link(new Request(++_next, ConnectionKind.Automatic, endPoint), TimeSpan.Zero)
            {
                Traits = (UInt128)(uint)(number / 2 % 8),
                Profile = number / 16 % 4 == 0 ? "other" : string.Empty,
                EstablishedAt = TimeSpan.FromSeconds(_next),
                Phase = LinkPhase.Established,
            };
            link.Fits = GetFits(Set, link);
            var hasPlace = CanHoldAll([.. _links, link], Set, _held);
            Assert.Equal(hasPlace, _assignment.TryAdd(link));
            if (hasPlace)
                _links.Add(link);
            else
                Refused++;
        }

        private void Leave(int number)
        {
            var link = _links[number % _links.Count];
            _assignment.Remove(link);
            Assert.Null(link.Group);
            _links.Remove(link);
        }

        private void ChangeTraits(Link link, uint traits)
        {
            link.Traits = traits;
            var before = link.Fits;
            var fits = GetFits(Set, link);
            link.Fits = fits;
            var hasPlace = CanHoldAll(_links, Set, _held);
            link.Fits = before;
            Assert.Equal(hasPlace, _assignment.TryChange(link, fits));
            if (hasPlace)
                return;
            Ended++;
            _links.Remove(link);
        }

        /// <summary>Changes the groups. The connections that stay where they are come first, then the others, each time the oldest first: one is kept if all can be.</summary>
        private void Change(OutboundGroup[] groups)
        {
            var set = new GroupSet([.. groups]);
            var tooMany = set.All.Where((group, index) => _links.Count(link => set.IndexOf(link.Group!.Name) == index) > group.Target).Select(group => group.Name).ToList();
            var kept = new List<Link>();
            _held.Clear();
            foreach (var isDisplaced in new[] { false, true })
            {
                foreach (var link in _links)
                {
                    var index = set.IndexOf(link.Group!.Name);
                    if (isDisplaced != (index < 0 || tooMany.Contains(link.Group.Name) || (GetFits(set, link) & (1u << index)) == 0))
                        continue;
                    if (CanHoldAll([.. kept, link], set, _held, link => GetFits(set, link)))
                        kept.Add(link);
                }
            }

            var ended = _assignment.Change(set, link => GetFits(set, link));
            Assert.Equal(_links.Except(kept), ended.OrderBy(link => link.EstablishedAt));
            Ended += ended.Count;
            _links.RemoveAll(link => !kept.Contains(link));
        }

        private static uint GetFits(GroupSet set, Link link) => set.FindFits(link.Profile, link.GroupAddress, link.Traits);

        private void Check()
        {
            Assert.Equal(_links.Count, _assignment.Count);
            for (var group = 0; group < Set.Count; group++)
            {
                Assert.Equal(_held.Count(held => held == group), _assignment.GetHeld(group));
                Assert.Equal(_links.Count(link => link.GroupIndex == group), _assignment.GetCount(group));
                Assert.True(_assignment.GetVacant(group) >= 0, "A group has more connections than its target.");
            }

            var counts = new int[Set.Count];
            foreach (var link in _links)
            {
                Assert.True((link.Fits & (1u << link.GroupIndex)) != 0, "A connection is in a group whose requirements it does not meet.");
                Assert.Same(Set.All[link.GroupIndex], link.Group);
                counts[link.GroupIndex]++;
            }

            var best = BestAssignment.Find(
                [.. _links.Select(static link => link.Fits)],
                GetPlaces(Set, _held),
                [.. _links.Select(link => _before.TryGetValue(link, out var before) ? Set.IndexOf(before) : -1)]);
            Assert.True(best.Exists, "The connections have no place together.");
            Assert.Equal(best.Counts, counts);
            var moved = _assignment.Moved.OfType<Link>().Where(link => link.Origin >= 0).ToList();
            Assert.Equal(_links.Where(link => _before.TryGetValue(link, out var before) && Set.IndexOf(before) >= 0 && Set.IndexOf(before) != link.GroupIndex).ToHashSet(), moved.ToHashSet());
            Assert.Equal(best.Moves, moved.Count);
            Moves += moved.Count;
            _assignment.Commit();
            _assignment.AssertConsistent();
            CheckEntrances();
        }

        /// <summary>A connection may join a full group, to fill a vacant one, exactly if another may then move.</summary>
        private void CheckEntrances()
        {
            foreach (var vacant in Enumerable.Range(0, Set.Count))
            {
                if (_assignment.GetVacant(vacant) == 0)
                    continue;
                var entrances = _assignment.FindEntrances(1u << vacant);
                for (var entrance = 0; entrance < Set.Count; entrance++)
                {
                    // Only the vacant group in question has a place, other vacant groups take no part, and one more connection is of use for the entrance alone.
                    var joining = new Link(new Request(0, ConnectionKind.Automatic, Addresses[0]), TimeSpan.Zero) { Fits = 1u << entrance };
                    var others = Enumerable.Range(0, Set.Count).Where(group => group != vacant && _assignment.GetVacant(group) > 0).ToList();
                    List<int> taken = [.. _held.Where(group => !others.Contains(group)), .. others.SelectMany(group => Enumerable.Repeat(group, Set.All[group].Target))];
                    var isOfUse = CanHoldAll([.. _links.Where(link => !others.Contains(link.GroupIndex)), joining], Set, taken);
                    Assert.Equal(isOfUse, (entrances & (1u << entrance)) != 0);
                }
            }
        }

        private static bool CanHoldAll(List<Link> links, GroupSet set, List<int> held, Func<Link, uint>? getFits = null) =>
            BestAssignment.CanHoldAll([.. links.Select(getFits ?? (static link => link.Fits))], GetPlaces(set, held));

        private static int[] GetPlaces(GroupSet set, List<int> held) => [.. set.All.Select((group, index) => group.Target - held.Count(other => other == index))];
    }
}
