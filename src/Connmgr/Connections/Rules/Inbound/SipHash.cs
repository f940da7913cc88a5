using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>SipHash-2-4: a hash that no one can predict without its key. (Aumasson and Bernstein, "SipHash: a fast short-input PRF".)</summary>
internal static class SipHash
{
    public static ulong Hash(UInt128 key, ReadOnlySpan<byte> data)
    {
        var (key0, key1) = ((ulong)key, (ulong)(key >> 64));
        var state = new State(key0 ^ 0x736f6d6570736575, key1 ^ 0x646f72616e646f6d, key0 ^ 0x6c7967656e657261, key1 ^ 0x7465646279746573);
        var last = (ulong)data.Length << 56;
        for (; data.Length >= 8; data = data[8..])
            state.Add(BinaryPrimitives.ReadUInt64LittleEndian(data));
        for (var i = 0; i < data.Length; i++)
            last |= (ulong)data[i] << (8 * i);
        state.Add(last);
        return state.Finish();
    }

    [StructLayout(LayoutKind.Auto)]
    private ref struct State(ulong v0, ulong v1, ulong v2, ulong v3)
    {
        private ulong _v0 = v0;
        private ulong _v1 = v1;
        private ulong _v2 = v2;
        private ulong _v3 = v3;

        public void Add(ulong word)
        {
            _v3 ^= word;
            Round();
            Round();
            _v0 ^= word;
        }

        public ulong Finish()
        {
            _v2 ^= 0xff;
            for (var i = 0; i < 4; i++)
                Round();
            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        private void Round()
        {
            _v0 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 += _v3;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 += _v1;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}
