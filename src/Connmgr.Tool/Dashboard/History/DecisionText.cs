namespace Connmgr.Tool;

/// <summary>Explains causes in one sentence each, for display on a page.</summary>
internal static class DecisionText
{
    /// <summary>Explains why an attempt failed or was not made, or an inbound connection was refused.</summary>
    public static string Of(ConnectFailureCause cause) => cause switch
    {
        ConnectFailureCause.None => "It succeeded.",
        ConnectFailureCause.Unknown => "It failed in a way that says nothing about the peer.",
        ConnectFailureCause.Refused => "The host is there and refused: nothing listens at the port.",
        ConnectFailureCause.Timeout => "There was no answer in the time that an attempt has.",
        ConnectFailureCause.Unreachable => "There is no way to the host or its network.",
        ConnectFailureCause.Reset => "The peer closed the connection before the attempt was complete.",
        ConnectFailureCause.Protocol => "The peer breaks the protocol, or lacks what is required of it, such as a service or a recent version.",
        ConnectFailureCause.NameNotFound => "The host name has no address.",
        ConnectFailureCause.LookupFailed => "The host name could not be looked up: no name server could be reached, or none had an answer. It may work later.",
        ConnectFailureCause.ProxyUnreachable => "The proxy did not work, so nothing was learnt about the peer.",
        ConnectFailureCause.SelfConnection => "The peer is this program itself.",
        ConnectFailureCause.DuplicateAddress => "The address is connected, being dialled, or wanted for good already.",
        ConnectFailureCause.NetgroupFull => "There are as many connections to the address's part of the network as may be: peers are to be spread.",
        ConnectFailureCause.RecentlyTried => "The address failed or was lost a moment ago, and is left alone for a while.",
        ConnectFailureCause.NetworkOutage => "The way to the address gives no answer at present; it is only probed now and then.",
        ConnectFailureCause.Gated => "The address is banned or discouraged.",
        ConnectFailureCause.LimitReached => "There are as many inbound peers as may be, and none was worth less.",
        ConnectFailureCause.HostLimit => "There are as many inbound peers from this host as may be.",
        ConnectFailureCause.PrefixLimit => "There are as many inbound peers from this part of the network as may be.",
        ConnectFailureCause.HandshakeLimit => "Too many inbound handshakes are unfinished.",
        ConnectFailureCause.RateLimit => "The host connects too often.",
        ConnectFailureCause.Flood => "There is a flood of inbound connections, and the lot fell on this one.",
        ConnectFailureCause.UnsupportedTransport => "It began with the encrypted transport (BIP324), which is not supported; it comes again without.",
        ConnectFailureCause.Evicted => "Another inbound peer took the place during the handshake.",
        ConnectFailureCause.NoAddress => "There was no address to dial.",
        ConnectFailureCause.Superseded => "A permanent peer took the address over.",
        ConnectFailureCause.Canceled => "We gave it up: another dial was faster, or it was ended by hand.",
        ConnectFailureCause.Stopped => "The run stopped.",
        _ => "There is no more to say.",
    };

    /// <summary>Explains why a connection ended.</summary>
    public static string Of(DisconnectCause cause) => cause switch
    {
        DisconnectCause.NotEstablished => "Its handshake never was complete.",
        DisconnectCause.HandlerCompleted => "The conversation was over: it had served its purpose.",
        DisconnectCause.HandlerFailed => "The program that handles the connection failed.",
        DisconnectCause.PeerClosed => "The peer closed the connection.",
        DisconnectCause.Reset => "The connection broke: the peer reset it, or the network lost it.",
        DisconnectCause.PingTimeout => "The peer answered no ping in time.",
        DisconnectCause.SendTimeout => "The peer took no data in time.",
        DisconnectCause.ProtocolViolation => "The peer broke the protocol.",
        DisconnectCause.Closed => "It was closed from this side.",
        DisconnectCause.Disconnected => "It was disconnected by hand, or by a rule of the network.",
        DisconnectCause.Removed => "It was removed by hand.",
        DisconnectCause.Superseded => "A permanent peer took the address over.",
        DisconnectCause.LimitLowered => "The target or the limit was lowered, and it was the youngest above it.",
        DisconnectCause.Gated => "The address was banned.",
        DisconnectCause.Evicted => "Another inbound peer took its place: it was the least useful of those without protection.",
        DisconnectCause.NetworkSuspended => "The network was switched off.",
        DisconnectCause.Stopped => "The run stopped.",
        _ => "There is no more to say.",
    };
}
