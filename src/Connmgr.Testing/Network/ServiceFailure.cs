using System.Net;

namespace Connmgr.Testing;

/// <summary>A service of a host that threw.</summary>
/// <param name="Host">The host's address.</param>
/// <param name="Exception">What it threw.</param>
public sealed record ServiceFailure(EndPoint? Host, Exception Exception);
