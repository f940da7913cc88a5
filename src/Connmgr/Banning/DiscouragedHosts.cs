using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// The hosts that misbehaved without being banned. They are not dialled, and accepted only while there is room. Forgetful by design, as in
/// Bitcoin Core: only the last <see cref="DefaultCapacity"/> hosts are known, and only in memory; they cannot be listed or removed, and one
/// in a million other hosts is mistaken for one of them. <see cref="NetworkSubnet.FromHost"/> defines a host.
/// </summary>
/// <remarks>
/// Uses 541 kB after the first host was added. Thread safety: all members may be called from any thread at any time. <see cref="Contains"/>
/// allocates nothing.
/// </remarks>
public sealed class DiscouragedHosts
{
    /// <summary>The number of most recent hosts that are remembered for certain: 50,000.</summary>
    internal const int DefaultCapacity = 50_000;

    /// <summary>The probability that another host is mistaken for one that was added: 0.000001.</summary>
    internal const double DefaultFalsePositiveRate = 0.000_001;

    /// <summary>The length of the secret in bytes.</summary>
    internal const int SecretLength = 32;

    // Network, address, length of the prefix.
    private const int KeyLength = 1 + NetworkAddress.MaxLength + 2;

    private readonly Lock _lock = new();
    private readonly RollingBloomFilter _hosts;

    /// <summary>Creates an empty set.</summary>
    /// <param name="capacity">
    /// The number of most recent hosts that are remembered for certain, from 2 to 10,000,000. Default <see cref="DefaultCapacity"/>.
    /// </param>
    /// <param name="falsePositiveRate">
    /// The maximum probability that another host is mistaken for one of them; above 0, at most 0.1. Default
    /// <see cref="DefaultFalsePositiveRate"/>.
    /// </param>
    /// <param name="secret">A secret of 32 bytes. Null: a new random one. For tests.</param>
    /// <exception cref="ArgumentException">An argument is out of range.</exception>
    public DiscouragedHosts(int capacity = DefaultCapacity, double falsePositiveRate = DefaultFalsePositiveRate, ReadOnlyMemory<byte>? secret = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 10_000_000);
        if (falsePositiveRate is not (> 1e-12 and <= 0.1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(falsePositiveRate), falsePositiveRate, "The rate must be above 0.000000000001 and at most 0.1; leave it out for one in a million.");
        }

        if (secret is { Length: not SecretLength and var length })
            throw new ArgumentException(Invariant($"The secret has {length} bytes; it must have {SecretLength}. Leave it out for a new one."), nameof(secret));
        _hosts = new RollingBloomFilter(capacity, falsePositiveRate, secret is { } given ? given.Span : RandomNumberGenerator.GetBytes(SecretLength));
    }

    /// <summary>
    /// Raised after each <see cref="Add"/>, even of a known host, on the calling thread and outside any lock. Handlers must be fast and
    /// must not throw.
    /// </summary>
    public event EventHandler<HostDiscouragedEventArgs>? Added;

    /// <summary>Discourages the host of an address.</summary>
    /// <param name="address">The address.</param>
    public void Add(in NetworkAddress address)
    {
        Span<byte> key = stackalloc byte[KeyLength];
        key = key[..WriteKey(address, key)];
        lock (_lock)
            _hosts.Add(key);
        if (Added is { } added)
            added(this, new HostDiscouragedEventArgs(NetworkSubnet.FromHost(address)));
    }

    /// <summary>Determines whether the host of an address is discouraged.</summary>
    /// <param name="address">The address.</param>
    /// <returns>True if it was added and not too many others since; with a small probability also true for other hosts.</returns>
    public bool Contains(in NetworkAddress address)
    {
        lock (_lock)
        {
            if (_hosts.IsEmpty)
                return false;
            Span<byte> key = stackalloc byte[KeyLength];
            return _hosts.Contains(key[..WriteKey(address, key)]);
        }
    }

    private static int WriteKey(in NetworkAddress address, Span<byte> key)
    {
        var host = NetworkSubnet.FromHost(address);
        key[0] = (byte)host.Address.Network;
        var length = 1 + host.Address.WriteHashed(key[1..]);
        key[length] = (byte)host.PrefixLength;
        return length + 1;
    }
}

/// <summary>A host that was added to a <see cref="DiscouragedHosts"/>. Immutable.</summary>
public sealed class HostDiscouragedEventArgs : EventArgs
{
    internal HostDiscouragedEventArgs(NetworkSubnet host) => Host = host;

    /// <summary>The host: an IPv4 address, the /64 of an IPv6 address, or one address of another network.</summary>
    public NetworkSubnet Host { get; }
}
