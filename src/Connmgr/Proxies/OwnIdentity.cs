namespace Connmgr;

/// <summary>
/// The wish of a dial for an identity that no other connection has: whatever dialler the user configured around it, the underlying
/// <see cref="I2PController"/> asks for it. It flows with the execution context of the dial, as <see cref="NameDial"/>.
/// </summary>
internal static class OwnIdentity
{
    private static readonly AsyncLocal<bool> Current = new();

    /// <summary>True when the present dial needs a separate identity.</summary>
    public static bool IsNeeded => Current.Value;

    /// <summary>Marks the rest of the calling asynchronous method as a dial that needs a separate identity.</summary>
    public static void Begin() => Current.Value = true;
}
