namespace Connmgr.Simulation;

/// <summary>The order in which DNS seeds answer.</summary>
internal enum SeedOrder
{
    /// <summary>Any.</summary>
    Random,

    /// <summary>Those of the attacker answer before all others.</summary>
    AttackersFirst,

    /// <summary>No address is used before all have answered. Neither policy does that.</summary>
    Together,
}

/// <summary>The times after which DNS seeds answer.</summary>
internal static class SeedOrders
{
    public static readonly TimeSpan LeastTime = TimeSpan.FromMilliseconds(50);

    public static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(200);
}
