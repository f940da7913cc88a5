using System.Runtime.InteropServices;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class SipHashTests
{
    /// <summary>Checks the vectors of the paper and of its reference implementation: key 00 01 … 0f, data 00 01 … of the length given.</summary>
    [Theory]
    [InlineData(0, 0x726fdb47dd0e0e31)]
    [InlineData(1, 0x74f839c593dc67fd)]
    [InlineData(7, 0xab0200f58b01d137)]
    [InlineData(8, 0x93f5f5799a932462)]
    [InlineData(15, 0xa129ca6149be45e5)]
    public void Hash_OfTheReferencesInput_IsTheReferencesOutput(int length, ulong expected)
    {
        var bytes = Enumerable.Range(0, 16).Select(static i => (byte)i).ToArray();
        var key = MemoryMarshal.Read<UInt128>(bytes); // Little-endian, as the reference reads it.
        Assert.Equal(expected, SipHash.Hash(key, bytes.AsSpan(0, length)));
    }
}
