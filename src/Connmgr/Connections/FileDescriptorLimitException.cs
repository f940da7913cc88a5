namespace Connmgr;

/// <summary>
/// The exception for a process that may open too few files for the configured outbound connections, even without inbound ones. Raise its
/// limit (<c>ulimit -n</c>, <c>LimitNOFILE=</c> of systemd), or configure fewer.
/// </summary>
public sealed class FileDescriptorLimitException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="limit">The number of files that the process may open.</param>
    /// <param name="needed">The minimum number that it needs.</param>
    internal FileDescriptorLimitException(long limit, long needed)
        : base(FormattableString.Invariant(
            $"The process may open {limit} files and needs at least {needed}: raise the limit (ulimit -n {RoundUp(needed)}, or LimitNOFILE={RoundUp(needed)} in a service)."))
        => (Limit, Needed) = (limit, needed);

    /// <summary>The number of files that the process may open.</summary>
    public long Limit { get; }

    /// <summary>The minimum number that it needs.</summary>
    public long Needed { get; }

    /// <summary>Rounds up, so that there is room for some inbound connections.</summary>
    private static long RoundUp(long needed)
    {
        const int Usual = 1024;
        return Math.Max(Usual, needed * 2);
    }
}
