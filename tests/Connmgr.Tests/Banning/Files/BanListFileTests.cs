using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Banning;

public sealed class BanListFileTests : IDisposable
{
    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";

    private const long Latest = 253_402_300_799;

    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    private readonly BanFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(Start);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private BanListOptions Options => new() { TimeProvider = _clock };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SaveAsync_ThenLoadAsync_GivesTheSameBans()
    {
        var bans = Filled();
        await BanListFile.SaveAsync(bans, _folder.File, Token);

        var loaded = await BanListFile.LoadAsync(_folder.File, Options, Token);

        Assert.Equal(bans.GetBans(), loaded.Bans.GetBans(), BanComparer.Instance);
        Assert.Equal((0, null), (loaded.RejectedCount, loaded.Error));
        Assert.Equal(["banlist.json"], _folder.Names);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.File));
    }

    [Fact]
    public void Write_IsAsBitcoinCoreWritesIt_WithFieldsOfOurOwn()
    {
        var bans = new BanList(Options);
        bans.Add(BanTarget.Parse("1.2.3.0/24"), TimeSpan.FromDays(1), comment: "it's \"ours\" – so");

        const string Expected = """
            {
                "banned_nets": [
                    {
                        "version": 1,
                        "ban_created": 1790000000,
                        "banned_until": 1790086400,
                        "address": "1.2.3.0/24",
                        "cause": "manual",
                        "comment": "it's \"ours\" – so"
                    }
                ]
            }

            """;
        Assert.Equal(Expected.ReplaceLineEndings("\n"), Encoding.UTF8.GetString(BanListFormat.Write(bans.GetBans()).Span));
    }

    [Fact]
    public void Read_BadEntries_AreDroppedAndTold_T54()
    {
        var image = Read($$$"""
            {"_warning_": "anything", "banned_nets": [
                {"version": 1, "ban_created": 0, "banned_until": 2000000000, "address": "aaaaaaaaa"},
                {"version": 2, "ban_created": 0, "banned_until": 2000000000, "address": "bbbbbbbbb"},
                {"version": 1, "ban_created": 0, "banned_until": 2000000000, "address": "1.2.3.4/24"},
                {"version": "1", "ban_created": 0, "banned_until": 2000000000, "address": "1.2.3.4"},
                {"version": 1, "ban_created": 0, "address": "1.2.3.4"},
                {"version": 1, "ban_created": -1, "banned_until": 2000000000, "address": "1.2.3.4"},
                {"version": 1, "ban_created": 0, "banned_until": 1e99, "address": "1.2.3.4"},
                {"version": 1, "ban_created": 0, "banned_until": 2000000000, "address": 7},
                {"version": 1, "ban_created": 0, "banned_until": 2000000000, "address": "\ud800"},
                [], null, 7, "text",
                {"version": 1, "ban_created": 5, "banned_until": 9223372036854775807, "address": "{{{Onion}}}", "cause": "other", "comment": 7, "more": {}}
            ]}
            """);

        Assert.Equal(["1.2.3.0/24", Onion], image.Bans.Select(ban => ban.Target.ToString()), StringComparer.Ordinal);
        Assert.Equal((9999, 5, BanCause.Unspecified), (image.Bans[1].Until.Year, image.Bans[1].Created.ToUnixTimeSeconds(), image.Bans[1].Cause));
        Assert.Equal(12, image.DroppedCount);
        Assert.Equal([0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], image.Dropped.Select(dropped => dropped.Index));
        Assert.Contains("'aaaaaaaaa' cannot be banned", image.Dropped[0].Reason, StringComparison.Ordinal);
        Assert.Equal("its version is 2, not 1", image.Dropped[1].Reason);
    }

    /// <summary>What bitcoin-cli prints, what a JSON-RPC call gives, and both as editors save them.</summary>
    [Theory]
    [InlineData("[{0}]")]
    [InlineData("{{\"banned_nets\": [{0}]}}")]
    [InlineData("{{\"result\": [{0}], \"error\": null, \"id\": 1}}")]
    [InlineData("\uFEFF[{0}]")]
    [InlineData("\uFEFF{{\"banned_nets\": [{0}]}}")]
    public void Read_AnswerOfListBanned_IsTaken(string form)
    {
        const string entry = """{"address": "1.2.3.0/24", "ban_created": 5, "banned_until": 2000000000, "ban_duration": 1999999995, "time_remaining": 7}""";

        var image = Read(string.Format(System.Globalization.CultureInfo.InvariantCulture, form, entry));

        Assert.Equal(0, image.DroppedCount);
        Assert.Equal(
            new Ban(BanTarget.Parse("1.2.3.0/24"), DateTimeOffset.FromUnixTimeSeconds(5), DateTimeOffset.FromUnixTimeSeconds(2000000000)),
            Assert.Single(image.Bans),
            BanComparer.Instance);
    }

    /// <summary>As Bitcoin Core's UniValue.</summary>
    [Fact]
    public void Read_NameTwice_TheFirstCounts()
    {
        var image = Read(
            """
            {"banned_nets": [{"address": "1.2.3.4", "version": 1, "ban_created": 5, "banned_until": 6, "address": "5.6.7.8", "banned_until": 7}], "banned_nets": []}
            """);

        var ban = Assert.Single(image.Bans);
        Assert.Equal(("1.2.3.4/32", 6L), (ban.Target.ToString(), ban.Until.ToUnixTimeSeconds()));
    }

    [Fact]
    public void Read_ManyBadEntries_AreCountedAndTheFirstTold()
    {
        var image = Read($$"""{"banned_nets": [{{string.Join(',', Enumerable.Repeat("{}", 1000))}}]}""");

        Assert.Equal((0, 1000, 100), (image.Bans.Length, image.DroppedCount, image.Dropped.Length));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"result": null}""")]
    [InlineData("null")]
    [InlineData("""{"banned_nets": {}}""")]
    [InlineData("""{"banned_nets": []} x""")]
    [InlineData("\0\0\0")]
    public void Read_NoSuchFile_Throws(string text)
    {
        var exception = Assert.Throws<AddressFileException>(() => Read(text));

        Assert.Equal(AddressFileErrorCode.Malformed, exception.Code);
        Assert.StartsWith("banlist.json does not have the format of Bitcoin Core: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoadAsync_EndedBans_AreLeftOut()
    {
        await BanListFile.SaveAsync(Filled(), _folder.File, Token);
        _clock.Advance(TimeSpan.FromMinutes(90));

        var loaded = await BanListFile.LoadAsync(_folder.File, Options, Token);

        Assert.Equal(["2600::/32", "AS64496"], loaded.Bans.GetBans().Select(ban => ban.Target.ToString()), StringComparer.Ordinal);
        Assert.Equal(0, loaded.RejectedCount);
    }

    [Fact]
    public async Task LoadAsync_MoreThanTheListTakes_IsTold()
    {
        await BanListFile.SaveAsync(Filled(), _folder.File, Token);

        var loaded = await BanListFile.LoadAsync(_folder.File, new BanListOptions { TimeProvider = _clock, MaxCount = 2 }, Token);

        Assert.Equal((2, 2), (loaded.Bans.Count, loaded.RejectedCount));
        Assert.Equal(2, loaded.Rejected.Length);
        Assert.EndsWith("AS64496 was not added", loaded.Rejected[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_NoFile_GivesANewList_T54()
    {
        var opened = await BanListFile.OpenAsync(_folder.File, Options, Token);

        Assert.Equal((0, null, null), (opened.Bans.Count, opened.Error, opened.QuarantinePath));
        Assert.Empty(_folder.Names);
        await Assert.ThrowsAsync<FileNotFoundException>(() => BanListFile.LoadAsync(_folder.File, Options, Token));
    }

    [Fact]
    public async Task OpenAsync_DamagedFiles_AreSetAsideNeverOverwritten()
    {
        for (var i = 1; i <= 2; i++)
        {
            await File.WriteAllTextAsync(_folder.File, $"no bans {i}", Token);
            var opened = await BanListFile.OpenAsync(_folder.File, Options, Token);

            Assert.Equal(0, opened.Bans.Count);
            Assert.Equal(_folder.File, opened.Error!.Path);
            Assert.Equal($"no bans {i}", await File.ReadAllTextAsync(opened.QuarantinePath!, Token));
        }

        Assert.Equal(["banlist.json.bad", "banlist.json.bad.2"], _folder.Names);
    }

    [Fact]
    public async Task OpenAsync_LeftoversOfKilledWriters_AreRemoved()
    {
        await File.WriteAllTextAsync($"{_folder.File}.0123456789abcdef.tmp", "", Token);

        await BanListFile.OpenAsync(_folder.File, Options, Token);

        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Read_CutAnywhere_GivesACleanResult()
    {
        var file = BanListFormat.Write(Filled().GetBans()).ToArray();
        var whole = 0;
        for (var length = 0; length <= file.Length; length++)
        {
            try
            {
                Assert.Equal(4, BanListFormat.Read("banlist.json", file.AsMemory(0, length)).Bans.Length);
                whole++;
            }
            catch (AddressFileException)
            {
                // A clean refusal.
            }
        }

        // With and without the last line end.
        Assert.Equal(2, whole);
    }

    [Fact]
    public void Read_BitsFlipped_GivesACleanResult()
    {
        var file = BanListFormat.Write(Filled().GetBans()).ToArray();
        var (taken, dropped, refused) = (0, 0, 0);
        Gen.Select(Gen.Int[0, (file.Length * 8) - 1].Array[1, 2], Gen.Const(0)).Sample(
            (bits, _) =>
            {
                var damaged = file.ToArray();
                foreach (var bit in bits)
                    damaged[bit / 8] ^= (byte)(1 << (bit % 8));
                try
                {
                    var loaded = BanListFile.Fill(new BanList(Options), BanListFormat.Read("banlist.json", damaged));
                    Assert.InRange(loaded.Bans.Count, 0, 4);
                    Interlocked.Increment(ref loaded.RejectedCount > 0 ? ref dropped : ref taken);
                    var again = BanListFormat.Write(loaded.Bans.GetBans());
                    Assert.Equal(loaded.Bans.GetBans(), BanListFormat.Read("banlist.json", again).Bans, BanComparer.Instance);
                }
                catch (AddressFileException)
                {
                    Interlocked.Increment(ref refused);
                }
            },
            iter: 10_000);
        Assert.True(taken > 300 && dropped > 300 && refused > 500, $"{taken} taken, {dropped} with entries dropped, {refused} refused");
    }

    [Fact]
    public void Write_AnyBans_AreReadBack() => Gen.Select(Gen.String, Gen.Long[1, Latest - 1_790_000_000], Gen.Int[0, 2]).Array[0, 20].Sample(entries =>
    {
        var bans = new BanList(Options);
        for (var i = 0; i < entries.Length; i++)
        {
            var (comment, seconds, cause) = entries[i];
            bans.Add(new Ban(BanTarget.Parse($"1.2.3.{i}"), Start, Start.AddSeconds(seconds), (BanCause)cause, comment));
        }

        Assert.Equal(entries.Length, bans.Count);
        var image = BanListFormat.Read("banlist.json", BanListFormat.Write(bans.GetBans()));
        Assert.Equal(bans.GetBans(), image.Bans, BanComparer.Instance);
    });

    [Fact]
    public void Write_LongestBans_AreWithinTheLongestFileThatIsRead()
    {
        var options = new BanListOptions { TimeProvider = _clock };
        var bans = new BanList(options);
        var comment = new string('\uffe6', Ban.MaxCommentLength);
        for (var i = 0; i < 100; i++)
            bans.Add(BanTarget.Parse($"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff{i + 10:x}"), TimeSpan.MaxValue, BanCause.Misbehavior, comment);

        var each = BanListFormat.Write(bans.GetBans()).Length / 100;

        Assert.True((long)each * options.MaxCount < BanListFile.MaxLength, $"{each} bytes for each of {options.MaxCount} bans");
    }

    [Fact]
    public async Task SaveAsync_ABanThatDoesNotSayWhenItWasMade_IsReadBack()
    {
        var bans = new BanList(Options);
        bans.Add(new Ban(BanTarget.Parse("1.2.3.4"), created: default, until: Start.AddDays(1)));
        await BanListFile.SaveAsync(bans, _folder.File, Token);

        var loaded = await BanListFile.LoadAsync(_folder.File, Options, Token);

        Assert.Equal(0, loaded.RejectedCount);
        Assert.Equal(bans.GetBans(), loaded.Bans.GetBans(), BanComparer.Instance);
    }

    [Theory]
    [InlineData("""{"\ud800-a-long-name": 1, "banned_nets": []}""")]
    [InlineData("""{"\ud800-a-long-name": 1}""")]
    [InlineData("""{"banned_nets": [{"\udc00-a-long-name": 1}, {"version": 1, "\ud800-a-long-name": 1}]}""")]
    public async Task OpenAsync_NamesThatAreNoText_AreNoReasonToFail(string content)
    {
        await File.WriteAllTextAsync(_folder.File, content, Token);

        var loaded = await BanListFile.OpenAsync(_folder.File, Options, Token);

        Assert.Equal(0, loaded.Bans.Count);
        Assert.True(loaded.Error is { Code: AddressFileErrorCode.Malformed } || loaded.RejectedCount == 2);
    }

    [Fact]
    public async Task OpenAsync_BansBeyondTheLimit_AreToldByTheirPlaceInTheFile()
    {
        await File.WriteAllTextAsync(_folder.File, """
            {"banned_nets": [
                {"version": 1, "ban_created": 0, "banned_until": 2000000000, "address": "no address"},
                {"version": 1, "ban_created": 0, "banned_until": 2000000000, "address": "1.2.3.4/32"},
                {"version": 1, "ban_created": 0, "banned_until": 2000000000, "address": "no address either"},
                {"version": 1, "ban_created": 0, "banned_until": 2000000000, "address": "1.2.3.5/32"}
            ]}
            """, Token);

        var loaded = await BanListFile.OpenAsync(_folder.File, new() { TimeProvider = _clock, MaxCount = 1 }, Token);

        Assert.Equal([0, 2, 3], loaded.Rejected.Select(static dropped => dropped.Index));
    }

    /// <summary>An exception for each of them made a file of 900 kB take about a second, and a hundred times its size in memory.</summary>
    [Fact]
    public void Read_ManyEntriesThatAreNoBans_TakesLittleMemoryForEach()
    {
        var file = Encoding.UTF8.GetBytes("[" + string.Concat(Enumerable.Repeat("{},0,", 10_000)) + """{"address":"x"}]""");

        BanListFormat.Read("banlist.json", file); // Fills pools.
        var before = GC.GetAllocatedBytesForCurrentThread();
        var content = BanListFormat.Read("banlist.json", file);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(20_001, content.DroppedCount);
        Assert.InRange(allocated, 0, 40L * file.Length);
    }

    private static BanListContent Read(string text) => BanListFormat.Read("banlist.json", Encoding.UTF8.GetBytes(text));

    private BanList Filled()
    {
        var bans = new BanList(Options);
        bans.Add(BanTarget.Parse("1.2.3.4"), TimeSpan.FromHours(1), comment: "a comment");
        bans.Add(BanTarget.Parse("2600::/32"), TimeSpan.FromHours(2), BanCause.Misbehavior);
        bans.Add(BanTarget.Parse(Onion), TimeSpan.FromHours(1), BanCause.Unspecified);
        bans.Add(BanTarget.Parse("AS64496"), TimeSpan.FromHours(3));
        return bans;
    }
}
