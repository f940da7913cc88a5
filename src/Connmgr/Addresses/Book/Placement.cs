using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// Computes the place of an address, bit for bit as Bitcoin Core does: a function of the secret key, the address, its group and, in the new
/// table, the group of its source. A place is bucket x 64 + position. Immutable and thread-safe; allocates nothing.
/// </summary>
internal sealed class Placement
{
    private const byte NewMark = (byte)'N';
    private const byte TriedMark = (byte)'K';

    // The longest input of the hash: key, mark, bucket and endpoint.
    private const int MaxInput = AddressBookOptions.KeyLength + 1 + sizeof(int) + 1 + NetworkEndPoint.MaxKeyLength;

    private readonly byte[] _key;

    public Placement(ReadOnlySpan<byte> key) => _key = key.ToArray();

    public ReadOnlySpan<byte> Key => _key;

    public int GetNewPlace(in NetworkEndPoint endPoint, Netgroup group, Netgroup sourceGroup) =>
        GetNewPlace(endPoint, GetNewBucket(group, sourceGroup));

    public int GetNewPlace(in NetworkEndPoint endPoint, int bucket) => (bucket * BookLimits.BucketSize) + GetPosition(NewMark, bucket, endPoint);

    public int GetTriedPlace(in NetworkEndPoint endPoint, Netgroup group)
    {
        var bucket = GetTriedBucket(endPoint, group);
        return (bucket * BookLimits.BucketSize) + GetPosition(TriedMark, bucket, endPoint);
    }

    public int GetNewBucket(Netgroup group, Netgroup sourceGroup)
    {
        Span<byte> input = stackalloc byte[MaxInput];
        var length = PutGroup(input, PutGroup(input, PutKey(input), group), sourceGroup);
        var slice = Hash(input[..length]) % BookLimits.NewBucketsPerSource;

        length = PutNumber(input, PutGroup(input, AddressBookOptions.KeyLength, sourceGroup), slice);
        return (int)(Hash(input[..length]) % BookLimits.NewBuckets);
    }

    public int GetTriedBucket(in NetworkEndPoint endPoint, Netgroup group)
    {
        Span<byte> input = stackalloc byte[MaxInput];
        var length = PutEndPoint(input, PutKey(input), endPoint);
        var slice = Hash(input[..length]) % BookLimits.TriedBucketsPerGroup;

        length = PutNumber(input, PutGroup(input, AddressBookOptions.KeyLength, group), slice);
        return (int)(Hash(input[..length]) % BookLimits.TriedBuckets);
    }

    private static ulong Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> once = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> twice = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, once);
        SHA256.HashData(once, twice);
        return BinaryPrimitives.ReadUInt64LittleEndian(twice);
    }

    private static int PutGroup(Span<byte> input, int at, Netgroup group)
    {
        var length = group.WriteBytes(input[(at + 1)..]);
        input[at] = (byte)length;
        return at + 1 + length;
    }

    private static int PutEndPoint(Span<byte> input, int at, in NetworkEndPoint endPoint)
    {
        var length = endPoint.WriteKey(input[(at + 1)..]);
        input[at] = (byte)length;
        return at + 1 + length;
    }

    private static int PutNumber(Span<byte> input, int at, ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(input[at..], number);
        return at + sizeof(ulong);
    }

    private int PutKey(Span<byte> input)
    {
        _key.CopyTo(input);
        return _key.Length;
    }

    private int GetPosition(byte mark, int bucket, in NetworkEndPoint endPoint)
    {
        Span<byte> input = stackalloc byte[MaxInput];
        var at = PutKey(input);
        input[at++] = mark;
        BinaryPrimitives.WriteInt32LittleEndian(input[at..], bucket);
        var length = PutEndPoint(input, at + sizeof(int), endPoint);
        return (int)(Hash(input[..length]) % BookLimits.BucketSize);
    }
}
