namespace Connmgr.Bitcoin;

/// <summary>An outbound peer that stays: no feeler and no address fetch.</summary>
/// <param name="Id">The id of its connection.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="EndPoint">Its address; null for a host name whose address is not known, behind a proxy.</param>
/// <param name="Services">What it said that it offers.</param>
/// <param name="Since">When it was connected.</param>
internal sealed record OutboundPeer(long Id, PeerPurpose Purpose, NetworkEndPoint? EndPoint, NodeServices Services, DateTimeOffset Since);
