using System.Net;

namespace Connmgr;

/// <summary>An address that an <see cref="IAddressSource"/> offers to be dialled.</summary>
/// <param name="EndPoint">The address: an <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or any kind that the dialler understands.</param>
/// <param name="Tag">Anything of the source's own; comes back in <see cref="AttemptOutcome.Tag"/>, and is the <see cref="ConnectionRequest.Tag"/>.</param>
public readonly record struct Candidate(EndPoint EndPoint, object? Tag = null);
