namespace Connmgr.Tests.Addresses;

/// <summary>Writes AS maps, bit by bit, by the description of the format and not by the code that reads them.</summary>
internal sealed class AsMapAssembler
{
    private readonly List<bool> _bits = [];

    public int Length => _bits.Count;

    public AsMapAssembler Return(uint number) => Bits("0").Number(number, 1, 15, 24);

    /// <summary>Takes a bit of input; on a one goes on after the code given, else into it.</summary>
    public AsMapAssembler Jump(AsMapAssembler onZero) => Jump(onZero.Length).Append(onZero);

    public AsMapAssembler Jump(int distance) => Bits("10").Number((uint)distance, 17, 5, 30);

    public AsMapAssembler Match(string pattern) => Bits("110").Number(Convert.ToUInt32("1" + pattern, 2), 2, 1, 8);

    public AsMapAssembler Default(uint number) => Bits("111").Number(number, 1, 15, 24);

    public AsMapAssembler Append(AsMapAssembler other)
    {
        _bits.AddRange(other._bits);
        return this;
    }

    public AsMapAssembler Bits(string bits)
    {
        _bits.AddRange(bits.Select(bit => bit == '1'));
        return this;
    }

    /// <summary>The map, filled up with zeros to whole bytes.</summary>
    public byte[] ToMap()
    {
        var bytes = new byte[(_bits.Count + 7) / 8];
        for (var i = 0; i < _bits.Count; i++)
            bytes[i / 8] |= (byte)(_bits[i] ? 1 << (i % 8) : 0);
        return bytes;
    }

    private AsMapAssembler Number(uint value, uint minimum, int firstSize, int lastSize)
    {
        var offset = value - minimum;
        for (var size = firstSize; size <= lastSize; size++)
        {
            if (offset < 1u << size)
            {
                if (size < lastSize)
                    _bits.Add(false);
                for (var bit = size - 1; bit >= 0; bit--)
                    _bits.Add((offset >> bit & 1) != 0);
                return this;
            }

            offset -= 1u << size;
            _bits.Add(true);
        }

        throw new ArgumentOutOfRangeException(nameof(value), value, "There is no code for it.");
    }
}
