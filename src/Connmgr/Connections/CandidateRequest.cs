using System.Net;

namespace Connmgr;

/// <summary>Stub.</summary>
public readonly struct CandidateRequest
{
    /// <summary>x</summary>
    public ConnectionKind Kind => throw new NotSupportedException();
    /// <summary>x</summary>
    public bool IsNetgroupFull(EndPoint endPoint) => throw new NotSupportedException();
}
