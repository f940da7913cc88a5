namespace Connmgr.Tests.Addresses;

public class AsMapTests
{
    /// <summary>250.0.0.0/8 is AS1000.</summary>
    public static readonly byte[] CoresTestMap = Convert.FromHexString("fb03ec0fb03fc0fe00fb03ec0fb03fc0fe00fb03ec0fb0fffffefffb7f013e07");

    private const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";
    private const string VersionOfCoresTestMap = "fe7bf204e0054988ff878a62f294c1d51eb519b345186327f6f4fca6d9e1a16f";

    [Theory]
    [InlineData("250.1.2.3", 1000)]
    [InlineData("250.255.255.255", 1000)]
    [InlineData("::ffff:0:fa01:203", 1000)]
    [InlineData("2002:fa01:203::", 1000)]
    [InlineData("249.255.0.1", 0)]
    [InlineData("251.0.0.1", 0)]
    [InlineData("2001:db9::1", 0)]
    [InlineData("127.0.0.1", 0)]
    [InlineData(Onion, 0)]
    public void GetAutonomousSystem_CoresTestMap_FindsPrefix(string text, uint expected) =>
        Assert.Equal(expected, AsMap.Parse(CoresTestMap).GetAutonomousSystem(NetworkAddress.Parse(text)));

    [Fact]
    public void GroupOf_Mapped_AutonomousSystem()
    {
        var map = AsMap.Parse(CoresTestMap);

        Assert.Equal("AS1000", map.GetGroup(NetworkAddress.Parse("250.1.2.3")).ToString());
        Assert.Equal(map.GetGroup(NetworkAddress.Parse("250.1.2.3")), map.GetGroup(NetworkAddress.Parse("250.200.2.3")));
    }

    [Fact]
    public void GroupOf_NotMapped_Prefix()
    {
        var map = AsMap.Parse(CoresTestMap);

        Assert.Equal("1.2.0.0/16", map.GetGroup(NetworkAddress.Parse("1.2.3.4")).ToString());
        Assert.Equal("2001:db9::/32", map.GetGroup(NetworkAddress.Parse("2001:db9::1")).ToString());
        Assert.Equal("none", map.GetGroup(NetworkAddress.Parse("10.0.0.1")).ToString());
        Assert.Equal("tor:7", map.GetGroup(NetworkAddress.Parse(Onion)).ToString());
    }

    [Fact]
    public void Version_Map_IsHashedTwice() => Assert.Equal(
        VersionOfCoresTestMap, Convert.ToHexStringLower(AsMap.Parse(CoresTestMap).Version));

    [Fact]
    public void Version_Prefixes_Zeros() => Assert.Equal(new byte[32], PrefixNetgrouper.Instance.Version.ToArray());

    [Fact]
    public void Parse_NumberAtEachEdgeOfItsClasses_ReadBack()
    {
        uint edge = 1;
        for (var size = 15; size <= 24; size++)
        {
            Check(edge);
            edge += 1u << size;
            Check(edge - 1);
        }

        static void Check(uint number) => Assert.Equal(
            number, AsMap.Parse(new AsMapAssembler().Return(number).ToMap()).GetAutonomousSystem(NetworkAddress.Parse("1.2.3.4")));
    }

    [Fact]
    public void GetAutonomousSystem_MatchFails_GivesDefault()
    {
        var map = AsMap.Parse(new AsMapAssembler().Default(7).Match("00100000").Match("00000001").Return(9).ToMap());

        Assert.Equal(9u, map.GetAutonomousSystem(NetworkAddress.Parse("2001:470::1")));
        Assert.Equal(7u, map.GetAutonomousSystem(NetworkAddress.Parse("2002:470::1")));
        Assert.Equal(7u, map.GetAutonomousSystem(NetworkAddress.Parse("1.2.3.4")));
    }

    [Fact]
    public void GetAutonomousSystem_Jump_TakesTheSideOfTheBit()
    {
        var zero = new AsMapAssembler().Return(70_000);
        var map = AsMap.Parse(new AsMapAssembler().Jump(zero).Return(2).ToMap());

        Assert.Equal(70_000u, map.GetAutonomousSystem(NetworkAddress.Parse("2001:470::1")));
        Assert.Equal(2u, map.GetAutonomousSystem(NetworkAddress.Parse("8001:470::1")));
    }

    public static TheoryData<string, byte[]> Faulty()
    {
        static AsMapAssembler New() => new();
        var deep = New();
        for (var i = 0; i < 16; i++)
            deep.Match("00000000");
        return new()
        {
            { "it is empty", [] },
            { "ends within the instruction at bit 0", [0xff] },
            { "ends within the instruction at bit 0", [0x00] },
            { "ends within the instruction", New().Match("00000000").Bits("000000").ToMap() },
            { "ends within the instruction", New().Default(5).Match("0").ToMap() },
            { "bits follow", New().Return(1).Bits("0000000000000000").ToMap() },
            { "are not zero", New().Return(1).Bits("0000001").ToMap() },
            { "targets a bit beyond the end", New().Jump(500).Return(1).Return(2).ToMap() },
            { "targets the inside of the instruction", New().Jump(17).Match("00000000").Return(1).Return(2).ToMap() },
            { "cannot be reached", New().Jump(40).Return(1).Return(2).Return(3).Return(4).ToMap() },
            { "crosses another", New().Jump(New().Jump(40).Return(1).Return(2)).Return(3).Return(4).ToMap() },
            { "crosses another", New().Jump(New().Jump(34).Return(1).Return(2)).Return(3).Return(4).ToMap() },
            { "has no effect", New().Default(3).Return(4).ToMap() },
            { "has no effect", New().Default(3).Default(4).Match("0").Return(5).ToMap() },
            { "second short one", New().Match("0").Match("1").Return(1).ToMap() },
            { "more than the 128 bits", New().Append(deep).Match("0").Return(1).ToMap() },
            { "more than the 128 bits", New().Append(deep).Jump(New().Return(1)).Return(2).ToMap() },
        };
    }

    [Theory]
    [MemberData(nameof(Faulty))]
    public void Parse_FaultyMap_FormatExceptionThatNamesTheFault(string fault, byte[] map)
    {
        var exception = Assert.Throws<FormatException>(() => AsMap.Parse(map));

        Assert.Contains(fault, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AllOfTheInputTaken_Accepted()
    {
        var all = new AsMapAssembler();
        for (var i = 0; i < 16; i++)
            all.Match("00000000");

        Assert.Equal(0u, AsMap.Parse(all.Return(1).ToMap()).GetAutonomousSystem(NetworkAddress.Parse("::2")));
    }

    // The encoder does not make this, but Core takes it.
    [Fact]
    public void Parse_ShortMatchesAroundAFullOne_AcceptedAsByCore() =>
        _ = AsMap.Parse(new AsMapAssembler().Match("0").Match("11110000").Match("1").Return(1).ToMap());

    [Fact]
    public void Parse_TooLarge_FormatException() =>
        Assert.Throws<FormatException>(() => AsMap.Parse(new byte[AsMap.MaxLength + 1]));

    [Fact]
    public async Task LoadAsync_File_ReadsIt()
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, CoresTestMap, TestContext.Current.CancellationToken);

            var map = await AsMap.LoadAsync(path, TestContext.Current.CancellationToken);

            Assert.Equal(1000u, map.GetAutonomousSystem(NetworkAddress.Parse("250.1.2.3")));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task LoadAsync_DamagedFile_MessageNamesTheFile()
    {
        var path = Path.GetTempFileName();
        try
        {
            var exception = await Assert.ThrowsAsync<FormatException>(() => AsMap.LoadAsync(path, TestContext.Current.CancellationToken));

            Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task LoadAsync_NoFile_IOException() => await Assert.ThrowsAsync<FileNotFoundException>(
        () => AsMap.LoadAsync(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString()), TestContext.Current.CancellationToken));
}
