namespace Connmgr.Simulation;

/// <summary>The rules by which a victim chooses its peers.</summary>
internal enum Policy
{
    /// <summary>The rules of this library.</summary>
    Connmgr,

    /// <summary>The published rules of Bitcoin Core.</summary>
    Core,
}

/// <summary>The options of a victim. Both policies have 8 full and 2 block-relay-only slots.</summary>
internal sealed record NodeOptions
{
    public const int FullSlots = 8;
    public const int BlockSlots = 2;
    public const int Slots = FullSlots + BlockSlots;

    public required Policy Policy { get; init; }

    public bool HasAnchors { get; init; } = true;

    public bool HasFeelers { get; init; } = true;

    public bool HasAsMap { get; init; }

    /// <summary>The hedge delay; null for the default. Of this library alone.</summary>
    public TimeSpan? HedgeDelay { get; init; }

    /// <summary>True to dial one address at a time per vacant slot, with no more in addition. Of this library alone.</summary>
    public bool IsHedged { get; init; } = true;
}
