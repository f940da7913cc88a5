namespace Connmgr;

/// <summary>As what a connection is counted at present.</summary>
internal enum LinkStage
{
    /// <summary>Not at all: not begun, or over.</summary>
    None,

    Dialing,

    Handshaking,

    Established,
}
