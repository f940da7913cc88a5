using System.Runtime.InteropServices;

namespace Connmgr.Simulation;

/// <summary>The kinds of hosts that an address may lead to.</summary>
internal enum HostKind : byte
{
    /// <summary>An honest node that accepts connections while it is online.</summary>
    Node,

    /// <summary>An honest node that announces its address, and that others cannot reach.</summary>
    Unreachable,

    /// <summary>No node any more.</summary>
    Gone,

    /// <summary>A node of the attacker, which is always there.</summary>
    Attacker,
}

/// <summary>The answers to a dial.</summary>
internal enum DialAnswer
{
    Accepted,
    Refused,
    Silent,
}

/// <summary>An address of the world, and who is there. Its online times follow from its own random numbers, so all runs of a world see the same ones.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct Host
{
    public NetworkEndPoint EndPoint { get; init; }

    public HostKind Kind { get; init; }

    /// <summary>The time of one round trip.</summary>
    public TimeSpan RoundTrip { get; init; }

    /// <summary>True when a dial to a host that does not answer is refused at once. Otherwise it gets no answer at all.</summary>
    public bool Refuses { get; init; }

    /// <summary>True when it never goes offline.</summary>
    public bool IsSteady { get; init; }

    public bool IsOnline { get; set; }

    /// <summary>The end of the current time online or offline.</summary>
    public TimeSpan Until { get; set; }

    /// <summary>The state of its random numbers.</summary>
    public ulong Dice { get; set; }

    /// <summary>Moves to a time.</summary>
    public void Advance(TimeSpan now, TimeSpan meanOnline, TimeSpan meanOffline)
    {
        while (Kind == HostKind.Node && !IsSteady && Until <= now)
        {
            IsOnline = !IsOnline;
            var (fraction, next) = Draw(Dice);
            Dice = next;
            Until += (IsOnline ? meanOnline : meanOffline) * -Math.Log(1 - fraction);
        }
    }

    /// <summary>Draws a number from 0 to below 1 (SplitMix64).</summary>
    public static (double Fraction, ulong Next) Draw(ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1UL << 53)), state);
    }
}
