using System.Buffers.Binary;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>A source of routable addresses: each once, in the order of their numbers. One caller at a time.</summary>
internal sealed class NumberedAddresses
{
    private const int First = 20;

    private int _next;

    public ValueTask<EndPoint?> NextAsync() => new(GetEndPoint(_next++));

    /// <summary>Gets the address of a number below 5 million.</summary>
    public static IPEndPoint GetEndPoint(int number) =>
        new(new IPAddress([(byte)(First + (number >> 16)), (byte)(number >> 8), (byte)number, 1]), 8333);

    /// <summary>Gets the number of an address.</summary>
    public static int GetNumber(EndPoint endPoint)
    {
        Span<byte> bytes = stackalloc byte[4];
        ((IPEndPoint)endPoint).Address.TryWriteBytes(bytes, out _);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes) >> 8) - (First << 16);
    }
}
