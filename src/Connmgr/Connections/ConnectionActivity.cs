namespace Connmgr;

/// <summary>What runs for a connection off the loop.</summary>
[Flags]
internal enum ConnectionActivity
{
    None = 0,
    Dial = 1,
    Handshake = 2,
    Handler = 4,
    ShutDown = 8,

    /// <summary>Disposing a stream that a dial gave after it was given up.</summary>
    LateDisposal = 16,
}
