using System.Buffers.Binary;
using System.Numerics;

namespace Connmgr;

/// <summary>
/// The bits of an AS map, and the code that decodes and runs them. A number is encoded as a class (that many ones, then a zero, which the
/// last class omits) and its offset within the class, most significant bit first. Class i has 2^(first size + i) numbers.
/// </summary>
internal sealed class AsMapProgram
{
    // The map stores the least significant bit of each byte first. With each byte reversed, a code is a run of bits at the top of a
    // big-endian word. Eight extra bytes allow a word to be read at any position. The longest code has 55 bits, so one word contains it.
    private const int Slack = 8;

    private readonly byte[] _bits;

    public AsMapProgram(ReadOnlySpan<byte> map)
    {
        _bits = new byte[map.Length + Slack];
        for (var i = 0; i < map.Length; i++)
            _bits[i] = Reverse(map[i]);
        Length = map.Length * 8;
    }

    /// <summary>The number of bits.</summary>
    public int Length { get; }

    /// <summary>Gets the number of bits in a match: they are those below the topmost set bit of the number.</summary>
    public static int GetMatchLength(uint match) => BitOperations.Log2(match);

    /// <summary>Runs a checked program on the 128 bits of an address; returns 0 if it has no number for it.</summary>
    public uint Run(ulong high, ulong low)
    {
        var input = new UInt128(high, low);
        var left = 128;
        uint found = 0;
        for (var position = 0; TryReadInstruction(ref position, out var instruction);)
        {
            uint value;
            switch (instruction)
            {
                case AsMapInstruction.Return:
                    return TryReadNumber(ref position, out value) ? value : 0;
                case AsMapInstruction.Default:
                    if (!TryReadNumber(ref position, out found))
                        return 0;
                    break;
                case AsMapInstruction.Jump:
                    if (!TryReadJump(ref position, out value) || left-- == 0 || value > Length - position)
                        return 0;
                    if ((input >> 127) != 0)
                        position += (int)value;
                    input <<= 1;
                    break;
                default:
                    if (!TryReadMatch(ref position, out value) || left < GetMatchLength(value))
                        return 0;
                    var length = GetMatchLength(value);
                    if ((uint)(input >> (128 - length)) != (value ^ (1u << length)))
                        return found;
                    input <<= length;
                    left -= length;
                    break;
            }
        }

        return 0;
    }

    public bool TryReadInstruction(ref int position, out AsMapInstruction instruction)
    {
        var word = ReadWord(position);
        var length = word >> 63 == 0 ? 1 : word >> 62 == 0b10 ? 2 : 3;
        instruction = length switch
        {
            1 => AsMapInstruction.Return,
            2 => AsMapInstruction.Jump,
            _ => (AsMapInstruction)(2 + ((word >> 61) & 1)),
        };
        return TryTake(ref position, length);
    }

    public bool TryReadNumber(ref int position, out uint value) => TryRead(ref position, 1, 15, 24, out value);

    public bool TryReadMatch(ref int position, out uint value) => TryRead(ref position, 2, 1, 8, out value);

    public bool TryReadJump(ref int position, out uint value) => TryRead(ref position, 17, 5, 30, out value);

    /// <summary>Determines whether all bits from a position on are zero.</summary>
    public bool IsZeroFrom(int position) => Length - position <= 0 || ReadWord(position) >> (64 - Math.Min(Length - position, 56)) == 0;

    private static byte Reverse(byte value)
    {
        var swapped = ((value & 0xf0) >> 4) | ((value & 0x0f) << 4);
        swapped = ((swapped & 0xcc) >> 2) | ((swapped & 0x33) << 2);
        return (byte)(((swapped & 0xaa) >> 1) | ((swapped & 0x55) << 1));
    }

    private bool TryRead(ref int position, uint minimum, int firstSize, int lastSize, out uint value)
    {
        var word = ReadWord(position);
        var lastClass = lastSize - firstSize;
        var codeClass = Math.Min(BitOperations.LeadingZeroCount(~word), lastClass);
        var prefix = codeClass == lastClass ? lastClass : codeClass + 1;
        var size = firstSize + codeClass;
        var offset = (uint)((word << prefix) >> (64 - size));

        // The classes before this one have 2^firstSize + ... + 2^(size - 1) numbers.
        value = minimum + (1u << size) - (1u << firstSize) + offset;
        return TryTake(ref position, prefix + size);
    }

    private bool TryTake(ref int position, int bits)
    {
        if (Length - position < bits)
            return false;
        position += bits;
        return true;
    }

    /// <summary>Reads the bits from a position on: at least 57.</summary>
    private ulong ReadWord(int position) => BinaryPrimitives.ReadUInt64BigEndian(_bits.AsSpan(position >> 3)) << (position & 7);
}
