using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// The hosts that misbehaved without being banned: not to be chosen, and taken only while there is room. Forgetful on purpose, as in
/// Bitcoin Core: the last <see cref="DefaultCapacity"/> hosts are known, in memory alone; they cannot be listed or taken out, and one in a
/// million others is taken for one of them. A host is what <see cref="NetworkSubnet.FromHost"/> says.
/// </summary>
/// <remarks>
/// Takes 541 kB once a host was added. Thread safety: all members may be called from any thread at any time. <see cref="Contains"/>
/// allocates nothing.
/// </remarks>
public sealed class DiscouragedHosts
{
    /// <summary>The number of hosts that are known for certain: 50,000.</summary>
    internal const int DefaultCapacity = 50_000;

    /// <summary>The probability that a host is taken for one that was added: 0.000001.</summary>
    internal const double DefaultFalsePositiveRate = 0.000_001;

    /// <summary>The length of the secret in bytes.</summary>
    internal const int SecretLength = 32;

    // Network, address, length of the prefix.
    private const int KeyLength = 1 + NetworkAddress.MaxLength + 2;

    private readonly Lock _lock = new();
    private readonly RollingBloomFilter _hosts;

    /// <summary>Makes an empty set.</summary>
    /// <param name="capacity">
    /// The number of hosts that are known for certain, from 2 to 10,000,000. Default <see cref="DefaultCapacity"/>.
    /// </param>
    /// <param name="falsePositiveRate">
    /// The probability, at most, that another host is taken for one of them; above 0, at most 0.1. Default
    /// <see cref="DefaultFalsePositiveRate"/>.
    /// </param>
    /// <param name="secret">A secret of 32 bytes. Null: a new one. For tests.</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
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
    /// Raised after each <see cref="Add"/>, also of a host that is known already, on the thread that called it and outside any lock. Must be
    /// quick and must not throw.
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
    /// <returns>True when it was added, unless many others were since; with a small probability for others.</returns>
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
