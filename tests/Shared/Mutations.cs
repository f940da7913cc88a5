using System.Globalization;
using System.Text;

namespace Connmgr;

/// <summary>
/// Puts inputs that were damaged at random through a reader, and checks that each ends as the reader documents, within a bounded amount of memory. The number of inputs follows
/// <see cref="Effort"/>.
/// </summary>
internal static class Mutations
{
    private const int Inputs = 500;

    /// <summary>The allocations that a reader may make for an input, in bytes for each of its bytes, and beside these.</summary>
    private const long BytesPerByte = 256, BytesBeside = 1 << 20;

    /// <summary>Gives a reader damaged inputs.</summary>
    /// <param name="seeds">Inputs that are right, or nearly.</param>
    /// <param name="read">
    /// The reader, which does not leave the thread. It returns whether it took the input, and throws nothing but what is documented, which <paramref name="isDocumented"/> tells.
    /// </param>
    /// <param name="isDocumented">Tells exceptions that the reader documents from those that it does not.</param>
    /// <param name="log">Where the counts go.</param>
    public static void Run(IReadOnlyList<byte[]> seeds, Func<byte[], bool> read, Func<Exception, bool> isDocumented, Action<string> log)
    {
        var (taken, refused) = (0, 0);
        foreach (var seed in seeds)
            read(seed); // What it does once for all does not count.
        for (var i = 0; i < Effort.Of(Inputs); i++)
        {
            var input = Mutate(new Random(i), seeds);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                if (read([.. input]))
                    taken++;
                else
                    refused++;
            }
            catch (Exception exception) when (isDocumented(exception))
            {
                refused++;
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Input {i} ({Convert.ToHexStringLower(input)}): {exception.Message}"), exception);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(
                allocated <= BytesBeside + (BytesPerByte * input.Length),
                string.Create(CultureInfo.InvariantCulture, $"Input {i} of {input.Length} bytes ({Convert.ToHexStringLower(input)}) took {allocated} bytes of memory."));
        }

        log(string.Create(CultureInfo.InvariantCulture, $"{taken} taken, {refused} refused"));
        Assert.True(refused > 0, "Nothing was refused: the inputs are not damaged.");
        Assert.True(taken > 0, "Nothing was taken: the inputs are too damaged to get anywhere.");
    }

    /// <summary>Gets the bytes of texts, in UTF-8.</summary>
    public static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static byte[] Mutate(Random random, IReadOnlyList<byte[]> seeds)
    {
        List<byte> input = [.. seeds[random.Next(seeds.Count)]];
        for (var changes = random.Next(2) == 0 ? 1 : random.Next(2, 5); changes > 0; changes--)
            Change(random, input, seeds);
        return [.. input];
    }

    private static void Change(Random random, List<byte> input, IReadOnlyList<byte[]> seeds)
    {
        var at = random.Next(input.Count + 1);
        var length = Math.Min(random.Next(1, 9), input.Count - at);
        switch (random.Next(8))
        {
            case 0 when length > 0:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when length > 0:
                input[at] = (byte)random.Next(256);
                break;
            case 2 when length > 0: // A number at its limits.
                Fill(input, at, length, (byte)(random.Next(3) switch { 0 => 0x00, 1 => 0x7f, _ => 0xff }));
                break;
            case 3:
                input.RemoveRange(at, length);
                break;
            case 4:
                input.RemoveRange(at, input.Count - at);
                break;
            case 5: // The same once more, or many times.
                input.InsertRange(at, [.. Enumerable.Repeat(input.GetRange(at, length), random.Next(4) == 0 ? 200 : 1).SelectMany(static part => part)]);
                break;
            case 6: // The end of another.
                var other = seeds[random.Next(seeds.Count)];
                input.RemoveRange(at, input.Count - at);
                input.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                break;
            default:
                var inserted = new byte[random.Next(1, 9)];
                random.NextBytes(inserted);
                input.InsertRange(at, inserted);
                break;
        }
    }

    private static void Fill(List<byte> input, int at, int length, byte value)
    {
        for (var i = at; i < at + length; i++)
            input[i] = value;
    }
}
