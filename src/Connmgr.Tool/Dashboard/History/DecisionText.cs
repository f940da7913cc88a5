namespace Connmgr.Tool;

/// <summary>Explains causes in one sentence each, for display on a page.</summary>
internal static class DecisionText
{
    /// <summary>Explains why an attempt failed or was not made, or an inbound connection was refused.</summary>
    public static string Explain(ConnectFailureCause cause) => cause switch
    {
        ConnectFailureCause.None => "It succeeded.",
        ConnectFailureCause.Unknown => "It failed for a reason that has nothing to do with the peer.",
        ConnectFailureCause.Refused => "The host refused the connection: nothing listens at the port.",
        ConnectFailureCause.Timeout => "There was no answer in time.",
        ConnectFailureCause.Unreachable => "The host or its network can't be reached.",
        ConnectFailureCause.Reset => "The peer closed the connection before the attempt was complete.",
        ConnectFailureCause.ProtocolViolation => "The peer broke the protocol, or lacks a requirement, such as a service or a recent version.",
        ConnectFailureCause.NameNotFound => "The host name has no address.",
        ConnectFailureCause.LookupFailed => "The host name could not be looked up: no name server could be reached, or none had an answer. A later attempt may succeed.",
        ConnectFailureCause.ProxyUnreachable => "The proxy did not work, so nothing is known about the peer.",
        ConnectFailureCause.SelfConnection => "The peer is this program.",
        ConnectFailureCause.DuplicateAddress => "The address is already connected, being dialled or permanent.",
        ConnectFailureCause.NetgroupLimit => "There are as many connections to the address's netgroup as allowed, so that peers are spread.",
        ConnectFailureCause.RecentlyTried => "The address failed or was lost recently, and is not dialled for a while.",
        ConnectFailureCause.NetworkOutage => "Nothing answers on the route to the address; it is only probed from time to time.",
        ConnectFailureCause.GateRefused => "The address is banned or discouraged.",
        ConnectFailureCause.ConnectionLimit => "There are as many inbound peers as allowed, and none was less useful.",
        ConnectFailureCause.HostLimit => "There are as many inbound peers from this host as allowed.",
        ConnectFailureCause.PrefixLimit => "There are as many inbound peers from this prefix as allowed.",
        ConnectFailureCause.HandshakeLimit => "Too many inbound handshakes are unfinished.",
        ConnectFailureCause.RateLimit => "The host connects too often.",
        ConnectFailureCause.FloodLimit => "There is a flood of inbound connections, and this one was refused at random.",
        ConnectFailureCause.UnsupportedTransport => "It does not speak a transport that this run allows (option --transport).",
        ConnectFailureCause.Evicted => "Another inbound peer took the place during the handshake.",
        ConnectFailureCause.NoAddress => "There was no address to dial.",
        ConnectFailureCause.Unsuited => "The peer offers less than the groups want that still have a place. Its address is kept for others.",
        ConnectFailureCause.Superseded => "A permanent peer took the address over.",
        ConnectFailureCause.Canceled => "This program gave it up: another dial was faster, or the user ended it.",
        ConnectFailureCause.Stopped => "The run stopped.",
        _ => "There is no explanation.",
    };

    /// <summary>Explains why a connection ended.</summary>
    public static string Explain(DisconnectCause cause) => cause switch
    {
        DisconnectCause.NotEstablished => "Its handshake was never complete.",
        DisconnectCause.HandlerCompleted => "The connection had served its purpose.",
        DisconnectCause.HandlerFailed => "The program that handles the connection failed.",
        DisconnectCause.PeerClosed => "The peer closed the connection.",
        DisconnectCause.Reset => "The connection broke: the peer reset it or closed it with something unread, or the network lost it.",
        DisconnectCause.PingTimeout => "The peer did not answer a ping in time.",
        DisconnectCause.SendTimeout => "The peer did not accept data in time.",
        DisconnectCause.ProtocolViolation => "The peer broke the protocol.",
        DisconnectCause.Closed => "This program closed it.",
        DisconnectCause.Disconnected => "The user or a policy disconnected it.",
        DisconnectCause.Removed => "The user removed it.",
        DisconnectCause.Unsuited => "No group with a place takes the peer any more.",
        DisconnectCause.Replaced => "A better peer took its place.",
        DisconnectCause.NetworkChanged => "The network of this machine changed, and the peer did not answer soon after.",
        DisconnectCause.Superseded => "A permanent peer took the address over.",
        DisconnectCause.LimitLowered => "The target or the limit was lowered, and it was the youngest above it.",
        DisconnectCause.GateRefused => "The address was banned.",
        DisconnectCause.Evicted => "Another inbound peer took its place: it was the least useful of those that are not protected.",
        DisconnectCause.NetworkSuspended => "The network was switched off.",
        DisconnectCause.Stopped => "The run stopped.",
        _ => "There is no explanation.",
    };
}
