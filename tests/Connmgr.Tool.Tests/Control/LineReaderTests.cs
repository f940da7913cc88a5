using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class LineReaderTests
{
    private const int MaxLength = 300;

    private static readonly Gen<byte[]> Line = Gen.Byte.Where(value => value != '\n').Array[0, MaxLength];

    [Fact]
    public async Task ReadAsync_AnyLinesSplitAnywhere_GivesThem() => await Gen.Select(Line.Array[0, 8], Gen.Int[1, 400].Array[1, 8], Gen.Byte.Array[0, 20])
        .SampleAsync(async (lines, chunks, rest) =>
        {
            byte[] half = [.. rest.TakeWhile(value => value != '\n')];
            var reader = new LineReader(new ChunkedStream([.. lines.SelectMany(line => line.Append((byte)'\n')), .. half], chunks), MaxLength);
            foreach (var line in lines)
                Assert.Equal(line, (await reader.ReadAsync(CancellationToken.None))?.ToArray());
            Assert.Null(await reader.ReadAsync(CancellationToken.None));
        });

    [Fact]
    public async Task ReadAsync_LongerLine_Throws() => await Gen.Select(Line.Array[0, 3], Gen.Int[1, 500], Gen.Bool, Gen.Int[1, 400].Array[1, 8])
        .SampleAsync(async (lines, beyond, isEnded, chunks) =>
        {
            byte[] tooLong = [.. Enumerable.Repeat((byte)'a', MaxLength + beyond), .. isEnded ? "\n"u8.ToArray() : []];
            var reader = new LineReader(new ChunkedStream([.. lines.SelectMany(line => line.Append((byte)'\n')), .. tooLong], chunks), MaxLength);
            foreach (var line in lines)
                Assert.Equal(line, (await reader.ReadAsync(CancellationToken.None))?.ToArray());
            await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadAsync(CancellationToken.None));
        });

    [Fact]
    public async Task ReadAsync_EndlessLine_TakesNoMoreThanItMay()
    {
        var endless = new ChunkedStream(new byte[100_000], [1000]);
        await Assert.ThrowsAsync<InvalidDataException>(async () => await new LineReader(endless, MaxLength).ReadAsync(CancellationToken.None));
        Assert.InRange(endless.Position, MaxLength + 1, 2 * MaxLength);
    }
}
