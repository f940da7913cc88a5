using System.Collections.Immutable;

namespace Connmgr.Bitcoin;

/// <summary>An address at which others can reach this node. Immutable.</summary>
public sealed class ExternalAddress
{
    internal ExternalAddress(NetworkEndPoint endPoint, ImmutableSortedSet<ExternalAddressOrigin> origins, int timesSeen) =>
        (EndPoint, Origins, TimesSeen) = (endPoint, origins, timesSeen);

    /// <summary>The address.</summary>
    public NetworkEndPoint EndPoint { get; }

    /// <summary>The sources that know it; at least one.</summary>
    public ImmutableSortedSet<ExternalAddressOrigin> Origins { get; }

    /// <summary>The number of inbound peers that connected to it, by their version messages.</summary>
    public int TimesSeen { get; }

    /// <summary>
    /// The score, by which the best of several addresses on a network is chosen: the highest score of its origins, one for each further
    /// origin, and one for each inbound peer that connected to it.
    /// </summary>
    public int Score => (int)Math.Min(int.MaxValue, ReachabilityRules.GetScore(Origins.Max) + Origins.Count - 1L + TimesSeen);

    /// <summary>Formats the address with its score.</summary>
    /// <returns>For example <c>1.2.3.4:8333 (User, 4)</c>.</returns>
    public override string ToString() => Invariant($"{EndPoint} ({string.Join(", ", Origins)}, {Score})");
}
