using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Connmgr.Fuzz;

/// <summary>
/// Changes inputs at random: bits and bytes, numbers of every width in binary and in text, words of a dictionary, parts that are cut, repeated, moved or taken from
/// another input. The same seed and the same inputs give the same changes. Not thread-safe.
/// </summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> words, int maxLength)
{
    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 4, 8, 16, 32, 63, 64, 80, 81, 100, 127, 128, 252, 253, 254, 255, 256, 512, 513, 1000, 1001, 1024, 4095, 4096, 32_767, 32_768, 65_535, 65_536, 4_000_000, 4_000_001,
        0x0200_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_ffff,
    ];

    /// <summary>The bytes by which most inputs may grow. Short ones are read more often in the same time.</summary>
    private const int Growth = 256;

    private byte[] _input = new byte[1024];
    private int _length;
    private int _most; // The greatest length of this input.

    /// <summary>Makes a changed copy, which stays valid until the next call.</summary>
    /// <param name="parent">The input to change.</param>
    /// <param name="other">Another one, of which parts may be taken.</param>
    public ReadOnlyMemory<byte> Mutate(ReadOnlySpan<byte> parent, ReadOnlySpan<byte> other)
    {
        _length = 0;
        _most = random.Next(64) == 0 ? maxLength : Math.Min(maxLength, parent.Length + Growth);
        Insert(0, parent[..Math.Min(parent.Length, _most)]);
        for (var changes = random.Next(2) == 0 ? 1 : 1 << random.Next(4); changes > 0; changes--)
            Change(other);
        return _input.AsMemory(0, _length);
    }

    private void Change(ReadOnlySpan<byte> other)
    {
        var at = random.Next(_length + 1);
        var length = Math.Min(1 << random.Next(7), _length - at);
        switch (random.Next(_length == 0 ? 10 : 0, 20))
        {
            case 0 or 1 when at < _length:
                _input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2 when at < _length:
                _input[at] = (byte)random.Next(256);
                break;
            case 3 when at < _length:
                _input[at] += (byte)(random.Next(2) == 0 ? random.Next(1, 36) : -random.Next(1, 36));
                break;
            case 4 or 5:
                ChangeNumber(at);
                break;
            case 6:
                ChangeDecimal(at);
                break;
            case 7:
                _length = at;
                break;
            case 8:
                Remove(at, length);
                break;
            case 9: // One part in the place of another.
                var from = random.Next(_length + 1);
                var moved = _input.AsSpan(from, Math.Min(length, _length - from)).ToArray();
                moved.AsSpan(0, Math.Min(moved.Length, _length - at)).CopyTo(_input.AsSpan(at));
                break;
            case 10 or 11 when words.Count > 0:
                Insert(at, words[random.Next(words.Count)]);
                break;
            case 12 when words.Count > 0:
                var word = words[random.Next(words.Count)];
                word.AsSpan(0, Math.Min(word.Length, _length - at)).CopyTo(_input.AsSpan(at));
                break;
            case 13 when !other.IsEmpty:
                var start = random.Next(other.Length);
                Insert(at, other.Slice(start, Math.Min(1 << random.Next(9), other.Length - start)));
                break;
            case 14 when !other.IsEmpty: // Cross over: the beginning of this, the end of the other.
                _length = at;
                Insert(at, other[random.Next(other.Length)..]);
                break;
            case 15:
                Insert(at, _input.AsSpan(at, length).ToArray());
                break;
            case 16:
                Repeat(at, length);
                break;
            case 17:
                InsertNumber(at);
                break;
            default:
                Span<byte> noise = stackalloc byte[random.Next(1, 9)];
                random.NextBytes(noise);
                Insert(at, noise);
                break;
        }
    }

    /// <summary>Repeats a part a few times, or seldom so often that a reader that is not linear shows it.</summary>
    private void Repeat(int at, int length)
    {
        if (length == 0)
            return;
        var part = _input.AsSpan(at, length).ToArray();
        var times = random.Next(16) == 0 ? _most / length : random.Next(1, 8);
        for (; times > 0 && _length + length <= _most; times--)
            Insert(at, part);
    }

    private void ChangeNumber(int at)
    {
        var width = 1 << random.Next(4);
        if (at + width > _length)
            return;
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        var isBigEndian = random.Next(2) == 0;
        var place = _input.AsSpan(at, width);
        place.CopyTo(bytes);
        if (isBigEndian)
            bytes[..width].Reverse();
        var number = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        number = random.Next(3) switch
        {
            0 => Interesting[random.Next(Interesting.Length)],
            1 => number + (ulong)random.Next(1, 36),
            _ => number - (ulong)random.Next(1, 36),
        };
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        if (isBigEndian)
            bytes[..width].Reverse();
        bytes[..width].CopyTo(place);
    }

    /// <summary>Inserts a number as binary formats write them, in one of the forms of a compact size among others.</summary>
    private void InsertNumber(int at)
    {
        var number = Interesting[random.Next(Interesting.Length)];
        Span<byte> bytes = stackalloc byte[1 + sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[1..], number);
        switch (random.Next(5))
        {
            case 0:
                bytes[0] = 0xfd;
                Insert(at, bytes[..3]);
                break;
            case 1:
                bytes[0] = 0xfe;
                Insert(at, bytes[..5]);
                break;
            case 2:
                bytes[0] = 0xff;
                Insert(at, bytes);
                break;
            case 3:
                Insert(at, Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
                break;
            default:
                Insert(at, bytes.Slice(1, 1 << random.Next(4)));
                break;
        }
    }

    /// <summary>Changes the decimal number at a place or after it.</summary>
    private void ChangeDecimal(int at)
    {
        while (at < _length && !char.IsAsciiDigit((char)_input[at]))
            at++;
        var end = at;
        while (end < _length && char.IsAsciiDigit((char)_input[end]))
            end++;
        if (at == end)
            return;
        Remove(at, end - at);
        Insert(at, Encoding.ASCII.GetBytes(Interesting[random.Next(Interesting.Length)].ToString(CultureInfo.InvariantCulture)));
    }

    private void Remove(int at, int length)
    {
        _input.AsSpan(at + length, _length - at - length).CopyTo(_input.AsSpan(at));
        _length -= length;
    }

    private void Insert(int at, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, _most - _length)];
        if (_length + bytes.Length > _input.Length)
            Array.Resize(ref _input, Math.Max(2 * _input.Length, _length + bytes.Length));
        _input.AsSpan(at, _length - at).CopyTo(_input.AsSpan(at + bytes.Length));
        bytes.CopyTo(_input.AsSpan(at));
        _length += bytes.Length;
    }
}
