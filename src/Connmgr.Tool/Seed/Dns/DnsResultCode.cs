namespace Connmgr.Tool;

/// <summary>The result codes of a name server that are used here (RFC 1035 4.1.1, RFC 6891).</summary>
internal enum DnsResultCode
{
    /// <summary>NOERROR.</summary>
    NoError = 0,

    /// <summary>FORMERR: the server can't read the question.</summary>
    FormatError = 1,

    /// <summary>SERVFAIL: the server could not get an answer.</summary>
    ServerFailure = 2,

    /// <summary>NXDOMAIN: there is no such name.</summary>
    NoSuchName = 3,

    /// <summary>NOTIMP: the server does not support the question.</summary>
    NotImplemented = 4,

    /// <summary>REFUSED: the server refuses to answer.</summary>
    Refused = 5,

    /// <summary>BADVERS: the server supports another version of EDNS.</summary>
    BadVersion = 16,
}
