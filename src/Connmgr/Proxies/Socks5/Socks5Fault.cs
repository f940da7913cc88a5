namespace Connmgr;

/// <summary>The fault in a proxy's part of a SOCKS5 exchange.</summary>
internal enum Socks5Fault
{
    /// <summary>Nothing: the request was granted.</summary>
    None,

    /// <summary>A message of another version, or one that ends early.</summary>
    InvalidReply,

    /// <summary>The proxy chose a method of authentication that was not offered, or none of those offered.</summary>
    MethodRefused,

    /// <summary>The proxy refused the user name and password.</summary>
    CredentialsRefused,

    /// <summary>The proxy refused the request; the status says why.</summary>
    RequestRefused,

    /// <summary>The address in the reply is of an unknown type, or ends early.</summary>
    InvalidAddress,
}
