namespace Connmgr.Simulation;

/// <summary>The numbers of a world. docs/eclipse.md has the source of each.</summary>
internal sealed record WorldOptions
{
    /// <summary>A tenth of the public network.</summary>
    public static WorldOptions Small { get; } = new() { Name = "small", Addresses = 10_000, Systems = 400 };

    /// <summary>The size of the public network.</summary>
    public static WorldOptions Large { get; } = new() { Name = "large", Addresses = 100_000, Systems = 1500 };

    public required string Name { get; init; }

    /// <summary>All honest addresses that circulate, alive or not.</summary>
    public required int Addresses { get; init; }

    /// <summary>The autonomous systems, whose sizes follow Zipf's law.</summary>
    public required int Systems { get; init; }

    /// <summary>The share of addresses with a node that accepts connections while it is online.</summary>
    public double NodeShare { get; init; } = 0.08;

    /// <summary>The share of addresses of nodes that announce themselves and can't be reached.</summary>
    public double UnreachableShare { get; init; } = 0.34;

    /// <summary>The share of nodes that never go offline.</summary>
    public double SteadyShare { get; init; } = 0.03;

    /// <summary>The mean time online of the other nodes.</summary>
    public TimeSpan MeanOnline { get; init; } = TimeSpan.FromHours(9.5);

    /// <summary>The mean time offline.</summary>
    public TimeSpan MeanOffline { get; init; } = TimeSpan.FromHours(3.2);

    /// <summary>The median of the round trip.</summary>
    public TimeSpan MedianRoundTrip { get; init; } = TimeSpan.FromMilliseconds(110);

    /// <summary>The deviation of the logarithm of the round trip.</summary>
    public double RoundTripSpread { get; init; } = 0.6;

    /// <summary>The share of hosts that refuse dials at once while no node is there.</summary>
    public double RefusingShare { get; init; } = 0.1;

    /// <summary>The share of nodes that are online at a time.</summary>
    public double OnlineShare => SteadyShare + ((1 - SteadyShare) * (MeanOnline / (MeanOnline + MeanOffline)));
}

/// <summary>The means of an attacker.</summary>
internal sealed record AttackOptions
{
    /// <summary>No attacker.</summary>
    public static AttackOptions None { get; } = new() { Share = 0, Flooders = 0 };

    /// <summary>The attacker's share of the addresses that answer.</summary>
    public double Share { get; init; }

    /// <summary>The prefixes (/16) that its addresses are spread over; 0 for one per address.</summary>
    public int Prefixes { get; init; }

    /// <summary>The autonomous systems that its prefixes are spread over; 0 for one per prefix.</summary>
    public int Systems { get; init; }

    /// <summary>Its connections to the victim's inbound slots, each of which floods gossip.</summary>
    public int Flooders { get; init; } = 10;

    /// <summary>The round trip to its hosts; null for that of an honest node.</summary>
    public TimeSpan? RoundTrip { get; init; } = TimeSpan.FromMilliseconds(5);
}
