namespace Connmgr.Interop;

public sealed class AtomicFileKillTests
{
    private const int Kills = 201;

    [Fact]
    public async Task WriteAsync_KilledAtAnyStep_LeavesTheOldFileOrTheNew()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("connmgr-kill-").FullName;
        using var reap = Reaper.Instance.Add($"rm -rf {folder}");
        var random = new Random(1);
        var contents = new byte[][] { new byte[300_000], new byte[200_000] };
        for (var i = 0; i < 2; i++)
        {
            random.NextBytes(contents[i]);
            await File.WriteAllBytesAsync(KilledWriter.ContentPath(folder, i), contents[i], cancellation);
        }

        var died = new int[4];
        for (var kill = 0; kill < Kills; kill++)
        {
            // The number of the write before the first is 0.
            await File.WriteAllBytesAsync(KilledWriter.FilePath(folder), contents[0], cancellation);
            using var writer = KilledWriter.Start(folder);
            await writer.KillAtAsync((AtomicFileStep)(kill % 3), after: random.Next(1, 4), cancellation);

            var (number, step) = (writer.Number, writer.Step);
            died[(int)step]++;
            var found = await File.ReadAllBytesAsync(KilledWriter.FilePath(folder), cancellation);
            var isOld = found.AsSpan().SequenceEqual(contents[(number + 1) % 2]);
            var isNew = found.AsSpan().SequenceEqual(contents[number % 2]);
            Assert.True(
                step switch { AtomicFileStep.Rename => isOld || isNew, AtomicFileStep.Done => isNew, _ => isOld },
                $"killed at {step} of write {number}: the file has {found.Length} bytes");

            AtomicFile.DeleteLeftovers(KilledWriter.FilePath(folder));
            Assert.Equal(4, Directory.GetFiles(folder).Length);
        }

        Directory.Delete(folder, recursive: true);
        var counts = $"died at write {died[0]}, flush {died[1]}, rename {died[2]}, between writes {died[3]}";
        TestContext.Current.TestOutputHelper?.WriteLine(counts);
        Assert.True(died[0] > 0 && died[1] > 0 && died[2] > 0, counts);
    }
}
