namespace Connmgr;

/// <summary>
/// The exception for a process that may open too few files for the outbound connections that are wanted, even without any inbound one. Raise its limit
/// (<c>ulimit -n</c>, <c>LimitNOFILE=</c> of systemd), or want fewer.
/// </summary>
public sealed class FileDescriptorLimitException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="limit">The most files that the process may open.</param>
    /// <param name="needed">The number that it needs at least.</param>
    internal FileDescriptorLimitException(long limit, long needed)
        : base(FormattableString.Invariant(
            $"The process may open {limit} files and needs at least {needed}: raise the limit (ulimit -n {RoundUp(needed)}, or LimitNOFILE={RoundUp(needed)} in a service)."))
        => (Limit, Needed) = (limit, needed);

    /// <summary>The most files that the process may open.</summary>
    public long Limit { get; }

    /// <summary>The number that it needs at least.</summary>
    public long Needed { get; }

    /// <summary>Gives room for some inbound connections, too.</summary>
    private static long RoundUp(long needed)
    {
        const int Usual = 1024;
        return Math.Max(Usual, needed * 2);
    }
}
