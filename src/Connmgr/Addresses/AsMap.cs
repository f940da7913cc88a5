using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// A map from IP addresses to the autonomous systems that announce them, in the format of Bitcoin Core's -asmap, as a grouper: one operator
/// often has addresses under many prefixes, but seldom many autonomous systems. Immutable and thread-safe; a look-up allocates nothing.
/// </summary>
/// <remarks>
/// The map is a program, checked when it is loaded by the rules of Bitcoin Core, so that no look-up can fail. IPv4 addresses, and IPv6
/// addresses that stand for one, are looked up as ::ffff:a.b.c.d. Spreading over autonomous systems pushes load to small ones.
/// </remarks>
public sealed class AsMap : INetgrouper
{
    /// <summary>The largest map that is taken, in bytes (64 MiB; maps of the whole internet have under 2 MiB).</summary>
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
    /// SHA-256 applied twice to the map: 32 bytes, as Bitcoin Core stores it in peers.dat. (It prints them in reverse order.)
    /// </summary>
    public ReadOnlySpan<byte> Version => _version;

    /// <summary>Reads a map.</summary>
    /// <param name="bytes">The bytes of the map. They are copied.</param>
    /// <returns>The map.</returns>
    /// <exception cref="FormatException">It is no sound map: empty, cut short, too large or damaged.</exception>
    public static AsMap Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxLength)
            throw new FormatException($"The AS map has {bytes.Length} bytes; {MaxLength} is the most. This is not an AS map.");
        var program = new AsMapProgram(bytes);
        if (AsMapCheck.FindFault(program) is { } fault)
            throw new FormatException($"The AS map of {bytes.Length} bytes is damaged or cut short: {fault}. Get the file anew.");
        return new AsMap(program, SHA256.HashData(SHA256.HashData(bytes)));
    }

    /// <summary>Reads a map from a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The map.</returns>
    /// <exception cref="FormatException">It is no sound map; the message names the file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static async Task<AsMap> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Parse((await NamedFile.ReadAsync(path, MaxLength, cancellationToken).ConfigureAwait(false)).Span);
        }
        catch (FileTooLongException exception)
        {
            throw new FormatException($"{exception.Message} It is no AS map; name another file.", exception);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>The autonomous system of an address.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Its number; 0 when the map has none for it, and for all that is not a routable IPv4 or IPv6 address.</returns>
    public uint GetAutonomousSystem(in NetworkAddress address)
    {
        if (address.TryGetLinkedIPv4(out uint ipv4))
            return _program.Run(0, IPv4InIPv6 | ipv4);
        return address.Network == AddressNetwork.IPv6 && address.IsRoutable ? _program.Run(address.High, address.Low) : 0;
    }

    /// <summary>
    /// The group of an address: its autonomous system, or its prefix (<see cref="Netgroup.FromAddress(in NetworkAddress)"/>) when the map has none.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <returns>Its group.</returns>
    public Netgroup GetGroup(in NetworkAddress address) =>
        GetAutonomousSystem(address) is not 0 and var number ? Netgroup.FromAutonomousSystem(number) : Netgroup.FromAddress(address);
}
