namespace Connmgr.Scenarios;

/// <summary>A world in which a fixed hash of seed and number determines the good addresses, so that every implementation sees the same one.</summary>
internal static class HashWorld
{
    /// <summary>Computes the hash of address <paramref name="index"/> of world <paramref name="seed"/>.</summary>
    public static ulong Hash(int seed, int index)
    {
        unchecked
        {
            var z = ((ulong)seed * 0x9E3779B97F4A7C15) + ((ulong)(index + 1) * 0xBF58476D1CE4E5B9);
            z ^= z >> 30;
            z *= 0xBF58476D1CE4E5B9;
            z ^= z >> 27;
            z *= 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Determines whether the hash is a multiple of <paramref name="modulus"/>.</summary>
    public static bool IsMultiple(int seed, int index, uint modulus) => Hash(seed, index) % modulus == 0;
}
