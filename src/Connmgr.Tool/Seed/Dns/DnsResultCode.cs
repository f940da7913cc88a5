namespace Connmgr.Tool;

/// <summary>The results that a name server tells, as far as they matter here (RFC 1035 4.1.1, RFC 6891).</summary>
internal enum DnsResultCode
{
    /// <summary>NOERROR.</summary>
    NoError = 0,

    /// <summary>FORMERR: the server can't read the question.</summary>
    FormatError = 1,

    /// <summary>SERVFAIL: it could not find out.</summary>
    ServerFailure = 2,

    /// <summary>NXDOMAIN: there is no such name.</summary>
    NoSuchName = 3,

    /// <summary>NOTIMP: it does not do what it was asked.</summary>
    NotImplemented = 4,

    /// <summary>REFUSED: it may not.</summary>
    Refused = 5,

    /// <summary>BADVERS: it knows another version of EDNS.</summary>
    BadVersion = 16,
}
