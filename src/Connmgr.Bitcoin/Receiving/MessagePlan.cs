using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>What is done with one message as it arrives.</summary>
/// <param name="Reader">Who reads it.</param>
/// <param name="Kept">The bytes of its payload that are kept; the rest is hashed and discarded.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MessagePlan(MessageReader Reader, int Kept)
{
    /// <summary>Whether the handler gets it, the library's own or the user's.</summary>
    public bool IsHandedOver { get; init; }

    /// <summary>What the message costs in <see cref="PeerPace"/> beside its bytes; zero for one that goes at the pace of the user's handler.</summary>
    public int Cost { get; init; }
}

/// <summary>Who reads the messages of a command.</summary>
internal enum MessageReader
{
    /// <summary>Nobody.</summary>
    None,

    /// <summary>The library itself: they are paced, since it is done with them at once.</summary>
    Library,

    /// <summary>The user's handler, which sets its own pace.</summary>
    Handler,
}
