namespace Connmgr.Interop;

public sealed class AtomicFileKillTests
{
    private static readonly int Kills = Effort.Of(60);

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

        // At the beginning of each step for certain, and then at moments of chance.
        foreach (var step in (AtomicFileStep[])[AtomicFileStep.Write, AtomicFileStep.Flush, AtomicFileStep.Rename])
        {
            await BeginAsync();
            using var held = KilledWriter.StartAndHold(folder, number: 2, step);
            await held.KillHeldAsync(number: 2, step, cancellation);
            await AssertOldOrNewAsync(held);
        }

        var died = new int[4];
        for (var kill = 0; kill < Kills; kill++)
        {
            await BeginAsync();
            using var writer = KilledWriter.Start(folder);
            await writer.KillAtAsync((AtomicFileStep)(kill % 3), after: random.Next(1, 4), cancellation);
            died[(int)writer.Step]++;
            await AssertOldOrNewAsync(writer);
        }

        Directory.Delete(folder, recursive: true);
        TestContext.Current.TestOutputHelper?.WriteLine($"died at write {died[0]}, flush {died[1]}, rename {died[2]}, between writes {died[3]}");

        // The number of the write before the first is 0.
        Task BeginAsync() => File.WriteAllBytesAsync(KilledWriter.FilePath(folder), contents[0], cancellation);

        async Task AssertOldOrNewAsync(KilledWriter killed)
        {
            var (number, step) = (killed.Number, killed.Step);
            var found = await File.ReadAllBytesAsync(KilledWriter.FilePath(folder), cancellation);
            var isOld = found.AsSpan().SequenceEqual(contents[(number + 1) % 2]);
            var isNew = found.AsSpan().SequenceEqual(contents[number % 2]);
            Assert.True(
                step switch { AtomicFileStep.Rename => isOld || isNew, AtomicFileStep.Done => isNew, _ => isOld },
                $"killed at {step} of write {number}: the file has {found.Length} bytes");

            AtomicFile.DeleteLeftovers(KilledWriter.FilePath(folder));
            Assert.Equal(4, Directory.GetFiles(folder).Length);
        }
    }
}
