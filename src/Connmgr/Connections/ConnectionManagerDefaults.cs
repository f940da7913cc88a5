namespace Connmgr;

/// <summary>The defaults of <see cref="ConnectionManagerOptions"/>.</summary>
internal static class ConnectionManagerDefaults
{
    /// <summary>8, as in btcd and Bitcoin Core.</summary>
    public const int TargetOutbound = 8;

    /// <summary>1, as in Bitcoin Core.</summary>
    public const int MaxOutboundPerNetgroup = 1;

    /// <summary>4.</summary>
    public const int MaxTrials = 4;

    /// <summary>
    /// 256: with nine in ten addresses dead, 12 slots need about 150 dials, which time out after 5 s. A limit of 128 then stopped the search for
    /// seconds.
    /// </summary>
    public const int MaxHedgedDials = 256;

    /// <summary>5 s, as in btcd.</summary>
    public static TimeSpan RetryDuration { get; } = TimeSpan.FromSeconds(5);

    /// <summary>5 min, as in btcd.</summary>
    public static TimeSpan MaxRetryDuration { get; } = TimeSpan.FromMinutes(5);

    /// <summary>5 s, as in Bitcoin Core.</summary>
    public static TimeSpan DialTimeout { get; } = TimeSpan.FromSeconds(5);

    /// <summary>60 s.</summary>
    public static TimeSpan ProxyDialTimeout { get; } = TimeSpan.FromSeconds(60);

    /// <summary>60 s, as in Bitcoin Core.</summary>
    public static TimeSpan HandshakeTimeout { get; } = TimeSpan.FromSeconds(60);

    /// <summary>500 ms: more than nearly every honest host needs to answer, so that racing does not favour fast hosts.</summary>
    public static TimeSpan DialHedgeDelay { get; } = TimeSpan.FromMilliseconds(500);

    /// <summary>2 s.</summary>
    public static TimeSpan ProxyDialHedgeDelay { get; } = TimeSpan.FromSeconds(2);
}
