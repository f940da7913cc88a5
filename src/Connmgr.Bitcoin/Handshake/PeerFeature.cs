using System.Collections.Immutable;
using System.Text;

namespace Connmgr.Bitcoin;

/// <summary>
/// A feature that one side of a connection announces between version and verack (BIP434). Both sides may have it; what that means is up to
/// the feature. Immutable.
/// </summary>
public sealed record PeerFeature
{
    /// <summary>The least length of an id: 4.</summary>
    public const int MinIdLength = 4;

    /// <summary>The greatest length of an id: 80.</summary>
    public const int MaxIdLength = 80;

    /// <summary>The most bytes of data: 512.</summary>
    public const int MaxDataLength = 512;

    /// <summary>The most features of one peer: 32.</summary>
    internal const int MaxCount = 32;

    /// <summary>Creates a feature.</summary>
    /// <param name="id">
    /// The id: 4 to 80 characters of printable ASCII. It is the number of a BIP, such as BIP434, or another unique text.
    /// </param>
    /// <param name="data">The data, at most 512 bytes. Their meaning is up to the feature.</param>
    /// <exception cref="ArgumentException">The id or the data is not of these lengths, or the id is not printable ASCII.</exception>
    public PeerFeature(string id, ImmutableArray<byte> data = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        data = data.IsDefault ? [] : data;
        if (id.Length is < MinIdLength or > MaxIdLength || id.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            throw new ArgumentException(Invariant($"The id '{id}' is not valid: use {MinIdLength} to {MaxIdLength} characters of printable ASCII."), nameof(id));
        if (data.Length > MaxDataLength)
            throw new ArgumentException(Invariant($"The data have {data.Length} bytes: use at most {MaxDataLength}."), nameof(data));
        (Id, Data) = (id, data);
    }

    /// <summary>The id.</summary>
    public string Id { get; }

    /// <summary>The data; empty for none.</summary>
    public ImmutableArray<byte> Data { get; }

    /// <summary>Reads the payload of a message feature.</summary>
    /// <exception cref="BitcoinProtocolException">It is malformed: <see cref="ProtocolViolation.BadFeature"/>.</exception>
    internal static PeerFeature Decode(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload, MessageCommand.Feature, ProtocolViolation.BadFeature);
        var idLength = reader.ReadCompactSize();
        if (idLength is < MinIdLength or > MaxIdLength)
            throw Malformed(Invariant($"its id has {idLength} characters, which is not {MinIdLength} to {MaxIdLength}"));
        var id = reader.ReadBytes((int)idLength);
        if (id.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            throw Malformed("its id is not printable ASCII");
        var dataLength = reader.ReadCompactSize();
        if (dataLength > MaxDataLength)
            throw Malformed(Invariant($"it has {dataLength} bytes of data; {MaxDataLength} are allowed"));
        var data = reader.ReadBytes((int)dataLength);
        if (!reader.IsAtEnd)
            throw Malformed(Invariant($"{reader.Remaining} bytes follow its data"));
        return new(Encoding.ASCII.GetString(id), [.. data]);
    }

    /// <summary>Writes the payload of a message feature.</summary>
    internal byte[] Encode()
    {
        var writer = new PayloadWriter();
        writer.WriteCompactSize((ulong)Id.Length);
        writer.WriteBytes(Encoding.ASCII.GetBytes(Id));
        writer.WriteCompactSize((ulong)Data.Length);
        writer.WriteBytes(Data.AsSpan());
        return writer.ToArray();
    }

    /// <summary>Determines whether another feature has the same id and the same data.</summary>
    /// <param name="other">The other one; null for none.</param>
    /// <returns>True if it has.</returns>
    public bool Equals(PeerFeature? other) =>
        other is not null && string.Equals(Id, other.Id, StringComparison.Ordinal) && Data.AsSpan().SequenceEqual(other.Data.AsSpan());

    /// <summary>Computes a hash code from the id and the number of bytes.</summary>
    /// <returns>The hash code.</returns>
    public override int GetHashCode() => HashCode.Combine(Id, Data.Length);

    /// <summary>Returns the id, and the data in hexadecimal if there are any.</summary>
    /// <returns>The text, such as <c>BIP434 01ff</c>.</returns>
    public override string ToString() => Data.IsEmpty ? Id : $"{Id} {Convert.ToHexStringLower(Data.AsSpan())}";

    private static BitcoinProtocolException Malformed(string reason) => new(ProtocolViolation.BadFeature, $"A message '{MessageCommand.Feature}' is malformed: {reason}.");
}
