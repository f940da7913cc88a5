using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// A grouper that maps IP addresses to the autonomous systems that announce them, from a file in the format of Bitcoin Core's -asmap. One
/// operator often has addresses under many prefixes but rarely in many autonomous systems. Immutable and thread-safe; a look-up allocates
/// nothing.
/// </summary>
/// <remarks>
/// The map is a program. Loading checks it by the rules of Bitcoin Core, so that no look-up can fail. IPv4 addresses, and IPv6 addresses that
/// embed an IPv4 address, are looked up as ::ffff:a.b.c.d. Spreading connections over autonomous systems moves load to small ones.
/// </remarks>
public sealed class AsMap : INetgrouper
{
    /// <summary>The maximum length of a map in bytes (64 MiB; maps of the whole internet have less than 2 MiB).</summary>
    internal const int MaxLength = 64 << 20;

    private const ulong IPv4InIPv6 = 0x0000_ffff_0000_0000;

    private readonly AsMapProgram _program;
    private readonly byte[] _version;

    private AsMap(AsMapProgram program, byte[] version)
    {
        _program = program;
        _version = version;
    }

    /// <summary>
    /// The double SHA-256 hash of the map: 32 bytes, as Bitcoin Core stores it in peers.dat. (Bitcoin Core prints them in reverse order.)
    /// </summary>
    public ReadOnlySpan<byte> Version => _version;

    /// <summary>Reads a map.</summary>
    /// <param name="bytes">The bytes of the map. They are copied.</param>
    /// <returns>The map.</returns>
    /// <exception cref="FormatException">The map is not valid: empty, cut short, too large or damaged.</exception>
    public static AsMap Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxLength)
            throw new FormatException($"The AS map has {bytes.Length} bytes; the maximum is {MaxLength}. This is not an AS map.");
        var program = new AsMapProgram(bytes);
        if (AsMapCheck.FindFault(program) is { } fault)
            throw new FormatException($"The AS map of {bytes.Length} bytes is damaged or cut short: {fault}. Download it again.");
        return new AsMap(program, SHA256.HashData(SHA256.HashData(bytes)));
    }

    /// <summary>Reads a map from a file.</summary>
    /// <param name="path">The path of the file.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The map.</returns>
    /// <exception cref="FormatException">The file is not a valid map; the message names the file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static async Task<AsMap> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse((await NamedFile.ReadAsync(path, MaxLength, cancellationToken).ConfigureAwait(false)).Span);
        }
        catch (FileTooLongException exception)
        {
            throw new FormatException($"{exception.Message} It is not an AS map; use another file.", exception);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Gets the autonomous system of an address.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Its number; 0 if the map has none for it, or if it is not a routable IPv4 or IPv6 address.</returns>
    public uint GetAutonomousSystem(in NetworkAddress address)
    {
        if (address.TryGetLinkedIPv4(out uint ipv4))
            return _program.Run(0, IPv4InIPv6 | ipv4);
        return address.Network == AddressNetwork.IPv6 && address.IsRoutable ? _program.Run(address.High, address.Low) : 0;
    }

    /// <summary>
    /// Gets the group of an address: its autonomous system, or its prefix (<see cref="Netgroup.FromAddress(in NetworkAddress)"/>) if the
    /// map has none for it.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <returns>Its group.</returns>
    public Netgroup GetGroup(in NetworkAddress address) =>
        GetAutonomousSystem(address) is not 0 and var number ? Netgroup.FromAutonomousSystem(number) : Netgroup.FromAddress(address);
}
