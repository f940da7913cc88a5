using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>
/// A kind of misbehaviour and its points in the score of the host. The predefined ones are the defaults; create others as the program needs
/// them. An immutable value.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct Misbehavior
{
    /// <summary>Creates a kind of misbehavior.</summary>
    /// <param name="name">The name, for messages and the comments of bans.</param>
    /// <param name="persistent">The points that stay: for things that no honest program does.</param>
    /// <param name="transient">
    /// The points that halve every minute (<see cref="DynamicBanScore.Halflife"/>): for things that honest programs also do, but less often.
    /// </param>
    public Misbehavior(string name, uint persistent, uint transient) => (Name, Persistent, Transient) = (name, persistent, transient);

    /// <summary>The name, for messages and the comments of bans.</summary>
    public string Name { get; }

    /// <summary>The points that stay: for things that no honest program does.</summary>
    public uint Persistent { get; }

    /// <summary>
    /// The points that halve every minute (<see cref="DynamicBanScore.Halflife"/>): for things that honest programs also do, but less often.
    /// </summary>
    public uint Transient { get; }

    /// <summary>
    /// Data that cannot come from an honest program, such as an invalid block: 100 persistent points. The first time discourages, the
    /// second bans.
    /// </summary>
    public static Misbehavior InvalidData { get; } = new("invalid data", 100, 0);

    /// <summary>
    /// A protocol violation that needs intent or a defect: 40 persistent points. The second time discourages, the third bans.
    /// </summary>
    public static Misbehavior ProtocolViolation { get; } = new("protocol violation", 40, 0);

    /// <summary>A protocol violation that a bad line can also cause: 20 transient points.</summary>
    public static Misbehavior GarbledMessage { get; } = new("garbled message", 0, 20);

    /// <summary>An expensive request, such as for the mempool: 33 transient points, as in btcd.</summary>
    public static Misbehavior CostlyRequest { get; } = new("costly request", 0, 33);

    /// <summary>An answer without the requested data: 10 transient points, as in btcd.</summary>
    public static Misbehavior UselessAnswer { get; } = new("useless answer", 0, 10);

    /// <summary>Many connections that ended before their handshake: 10 transient points for each.</summary>
    public static Misbehavior AbandonedHandshake { get; } = new("abandoned handshake", 0, 10);
}
