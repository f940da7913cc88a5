using System.Collections.Immutable;
using System.Net;

namespace Connmgr.Rules;

/// <summary>
/// The groups of which an address is wanted now. Changed by the rules only; other threads may read.
/// </summary>
internal sealed class WantedGroups(GroupSet groups, UnsuitedAddresses unsuited)
{
    private volatile State _state = new(groups);

    /// <summary>The groups that lack an attempt, in their order, then full ones whose connections could move on to those.</summary>
    public ImmutableArray<OutboundGroup> Current => _state.Select();

    /// <summary>The networks of these groups.</summary>
    public AddressNetworks Networks => _state.Networks;

    /// <summary>Sets the groups.</summary>
    public void Set(GroupSet current, uint lacking, uint entrances)
    {
        var state = _state;
        if (state.Groups != current)
            _state = state = new State(current);
        state.Set(lacking, entrances);
    }

    /// <summary>Determines whether an address may be of use to one of the groups.</summary>
    /// <param name="endPoint">The address in its plain form.</param>
    /// <param name="key">Its key.</param>
    /// <param name="traits">The traits that the source expects; null for unknown ones.</param>
    /// <param name="now">The current time.</param>
    public bool MayTake(EndPoint endPoint, EndPoint key, UInt128? traits, TimeSpan now)
    {
        var state = _state;
        return state.Groups.IsImplicit || (state.Groups.FindFits(profile: null, endPoint, unsuited.GetTraits(key, now) ?? traits) & state.Entrances) != 0;
    }

    private sealed class State(GroupSet groups)
    {
        /// <summary>The groups that lack an attempt, and above them the groups that a connection may join to fill one of those.</summary>
        private ulong _sets = uint.MaxValue | ((ulong)uint.MaxValue << 32);

        public GroupSet Groups => groups;

        public uint Entrances => (uint)(Volatile.Read(ref _sets) >> 32);

        public AddressNetworks Networks
        {
            get
            {
                var entrances = Entrances;
                var networks = AddressNetworks.None;
                for (var i = 0; i < groups.Count; i++)
                    networks |= (entrances & (1u << i)) == 0 ? AddressNetworks.None : groups.All[i].Networks;
                return networks;
            }
        }

        public ImmutableArray<OutboundGroup> Select()
        {
            var sets = Volatile.Read(ref _sets);
            return groups.Select((uint)sets, (uint)(sets >> 32));
        }

        public void Set(uint lacking, uint entrances) => Volatile.Write(ref _sets, lacking | ((ulong)entrances << 32));
    }
}
