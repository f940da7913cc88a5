using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>The plan for one message as it arrives.</summary>
/// <param name="Reader">The reader of the message.</param>
/// <param name="Kept">The number of payload bytes that are kept; the rest is hashed and discarded.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MessagePlan(MessageReader Reader, int Kept)
{
    /// <summary>True when the message is handed to a handler, the library's or the user's.</summary>
    public bool IsHandedOver { get; init; }

    /// <summary>True when less is kept than has a meaning: enough for the library, but not for a handler.</summary>
    public bool IsPart { get; init; }

    /// <summary>True when the message also goes to the peer's <see cref="IMessageTap"/>.</summary>
    public bool IsTapped { get; init; }

    /// <summary>
    /// The cost of the message in <see cref="PeerPace"/>, in addition to its bytes; zero for a message at the pace of the user's handler.
    /// </summary>
    public int Cost { get; init; }

    /// <summary>
    /// The cost of a message that is kept for a request, in addition to its bytes, if it turns out to be no answer; zero for all others, and
    /// for those that go to the user's handler anyway.
    /// </summary>
    public int CostIfUnawaited { get; init; }
}

/// <summary>The readers of messages.</summary>
internal enum MessageReader
{
    /// <summary>No reader.</summary>
    None,

    /// <summary>The library. Its messages are paced, since it handles them at once.</summary>
    Library,

    /// <summary>The user's handler, which sets its own pace.</summary>
    Handler,
}
