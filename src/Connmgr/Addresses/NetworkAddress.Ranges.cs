namespace Connmgr;

public readonly partial struct NetworkAddress
{
    /// <summary>
    /// True when a host can have the address. False for ::, 0.0.0.0, 255.255.255.255, the documentation range 2001:db8::/32, a CJDNS
    /// address outside fc00::/8, and internal addresses. A valid address need not be reachable from the internet: see
    /// <see cref="IsRoutable"/>.
    /// </summary>
    public bool IsValid => Network switch
    {
        AddressNetwork.IPv4 => IPv4Bits is not (0 or uint.MaxValue),
        AddressNetwork.IPv6 => (_first | _second) != 0 && _first >> 32 != 0x2001_0db8,
        AddressNetwork.Cjdns => _first >> 56 == 0xfc,
        AddressNetwork.Internal => false,
        _ => true,
    };

    /// <summary>True when the address leads to this host: 127.0.0.0/8, 0.0.0.0/8 and ::1.</summary>
    public bool IsLocal => Network switch
    {
        AddressNetwork.IPv4 => IPv4Bits >> 24 is 0 or 127,
        AddressNetwork.IPv6 => (_first, _second) == (0, 1),
        _ => false,
    };

    /// <summary>
    /// True when the address means the same host everywhere: it is valid, not local, and in none of the private, link-local, shared,
    /// benchmarking, documentation and ORCHID ranges. Tor, I2P and CJDNS addresses are routable.
    /// </summary>
    public bool IsRoutable => IsValid && Network switch
    {
        AddressNetwork.IPv4 => !IsLocal && IsGlobalIPv4(IPv4Bits),
        AddressNetwork.IPv6 => !IsLocal && IsGlobalIPv6(_first),
        _ => true,
    };

    /// <summary>
    /// Gets the IPv4 address that a routable address is or embeds, by RFC 6145 (::ffff:0:a.b.c.d), RFC 6052 (64:ff9b::/96), 6to4 or Teredo.
    /// The holder of such an IPv4 address holds very many IPv6 addresses.
    /// </summary>
    /// <param name="ipv4">The IPv4 address, if there is one. It need not be routable itself: 6to4 can embed a private one.</param>
    /// <returns>False if there is none.</returns>
    internal bool TryGetLinkedIPv4(out NetworkAddress ipv4)
    {
        var linked = TryGetLinkedIPv4(out uint bits);
        ipv4 = linked ? FromIPv4(bits) : default;
        return linked;
    }

    internal bool TryGetLinkedIPv4(out uint ipv4)
    {
        ipv4 = 0;
        if (Network is not (AddressNetwork.IPv4 or AddressNetwork.IPv6) || !IsRoutable)
            return false;
        if (Network == AddressNetwork.IPv4 || IsRfc6145 || IsRfc6052)
            ipv4 = (uint)_second;
        else if (Is6To4)
            ipv4 = (uint)(_first >> 16);
        else if (IsTeredo)
            ipv4 = ~(uint)_second;
        else
            return false;
        return true;
    }

    private bool IsRfc6145 => _first == 0 && _second >> 32 == 0xffff_0000;

    private bool IsRfc6052 => _first == 0x0064_ff9b_0000_0000 && _second >> 32 == 0;

    private bool Is6To4 => _first >> 48 == 0x2002;

    internal bool IsTeredo => _first >> 32 == 0x2001_0000;

    private static bool IsGlobalIPv4(uint ip) =>
        ip >> 24 != 10
        && ip >> 20 != 0xac1                                          // 172.16.0.0/12
        && ip >> 16 is not (0xc0a8 or 0xa9fe)                         // 192.168.0.0/16, 169.254.0.0/16
        && ip >> 17 != 0xc612 >> 1                                    // 198.18.0.0/15
        && ip >> 22 != 0x6440 >> 6                                    // 100.64.0.0/10
        && ip >> 8 is not (0xc0_0002 or 0xc6_3364 or 0xcb_0071);      // documentation

    private static bool IsGlobalIPv6(ulong high) =>
        high != 0xfe80_0000_0000_0000                                 // link-local
        && high >> 57 != 0xfc >> 1                                    // fc00::/7
        && high >> 36 is not (0x200_1001 or 0x200_1002);              // ORCHID, 2001:10::/28 and 2001:20::/28
}
