using System.Net;

namespace Connmgr;

/// <summary>Stub.</summary>
public sealed class ConnectionRequest
{
    internal ConnectionRequest() { }
    /// <summary>x</summary>
    public long Id => throw new NotSupportedException();
    /// <summary>x</summary>
    public EndPoint? EndPoint => throw new NotSupportedException();
    /// <summary>x</summary>
    public ConnectionKind Kind => throw new NotSupportedException();
    /// <summary>x</summary>
    public ConnectionState State => throw new NotSupportedException();
    /// <summary>A task that never faults.</summary>
    public Task<AttemptOutcome> FirstOutcome => throw new NotSupportedException();
}
