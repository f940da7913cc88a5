using System.Globalization;
using System.Text;
using CsCheck;

namespace Connmgr.Tests.Seeding.Files;

public sealed class ChainFileTests(ITestOutputHelper output) : IDisposable
{
    private const string Litecoin = """
        # Litecoin's main network
        name = "litecoin"
        title = 'Litecoin'
        magic = "FBc0b6db"
        port = 9_333
        dns-seeds = [
            "seed-a.litecoin.loshan.co.uk", # the first
            'dnsseed.thrasher.io',
        ]
        min-protocol-version = 70015
        max-payload = 8000000
        required-services = "network+0x8000"
        """;

    private readonly Func<string, ChainParameters> _load = ChainFile.Load;

    private readonly string _directory = Directory.CreateTempSubdirectory("connmgr-chain-").FullName;

    [Fact]
    public void Parse_EveryKey_IsInTheChain()
    {
        var chain = ChainFile.Parse(Litecoin, "l.toml");
        Assert.Equal(
            ("litecoin", "Litecoin", "fbc0b6db", 9333, 70015, 8_000_000, 0x8001UL),
            (chain.Name, chain.Title, Convert.ToHexStringLower(chain.Magic.AsSpan()), chain.DefaultPort, chain.MinProtocolVersion, chain.MaxPayloadLength, chain.RequiredServices));
        Assert.Equal(["seed-a.litecoin.loshan.co.uk", "dnsseed.thrasher.io"], chain.DnsSeeds.Select(seed => seed.Host), StringComparer.Ordinal);
        Assert.All(chain.DnsSeeds, seed => Assert.True(seed.SupportsServiceFilter));
    }

    /// <summary>The challenge of the default signet, whose magic BIP325 has.</summary>
    [Fact]
    public void Parse_Challenge_GivesMagicAndPort()
    {
        const string Challenge =
            "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b278760f048f5189f2e6c452ae";
        var chain = ChainFile.Parse($"name = 'ours'\nsignet-challenge = '{Challenge}'", "s.toml");
        Assert.Equal(ChainParameters.Signet.Magic, chain.Magic);
        Assert.Equal((38333, 9UL), (chain.DefaultPort, chain.RequiredServices));
        Assert.Equal(chain.Magic, ChainFile.Parse($"name = 'ours'\nmagic = '0a03cf40'\nsignet-challenge = '{Challenge}'\nport=1", "s.toml").Magic);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10_001)]
    public void ComputeSignetMagic_OfNoScript_Throws(int length) =>
        Assert.Throws<ArgumentException>(() => ChainParameters.ComputeSignetMagic(new byte[length]));

    /// <summary>The length before the script has one byte up to 252, and three from 253. From Bitcoin Core's CompactSize.</summary>
    [Theory]
    [InlineData(252, "fc")]
    [InlineData(253, "fdfd00")]
    [InlineData(10_000, "fd1027")]
    public void ComputeSignetMagic_OfAnyLength_IsOfTheSerializedScript(int length, string prefix)
    {
        byte[] serialized = [.. Convert.FromHexString(prefix), .. new byte[length]];
        var expected = System.Security.Cryptography.SHA256.HashData(System.Security.Cryptography.SHA256.HashData(serialized))[..4];
        Assert.Equal(expected, ChainParameters.ComputeSignetMagic(new byte[length]));
    }

    [Theory]
    [InlineData("name = 'Mine'", 1, "name is 'Mine': use 1 to 64 lower-case letters")]
    [InlineData("name = ''", 1, "name is '': use 1 to 64")]
    [InlineData("name = '../x'", 1, "name is '../x'")]
    [InlineData("name = 'testnet4'", 1, "name is 'testnet4': that is the name of a known network")]
    [InlineData("name = 'sandbox'", 1, "a known network")]
    [InlineData("name = 'test'", 1, "a known network")]
    [InlineData("name = 7", 1, "name is not text: write it in quotes")]
    [InlineData("title = \"a\\u0007\"", 1, "title is 'a\a': use 1 to 64 printable")]
    [InlineData("magic = 'fbc0b6'", 1, "magic is 'fbc0b6': write the 4 bytes")]
    [InlineData("magic = 'fbc0b6dg'", 1, "magic is 'fbc0b6dg'")]
    [InlineData("magic = 0xfbc0b6db", 1, "magic is 0xfbc0b6db: write text in quotes")]
    [InlineData("magic = '00000000'\nsignet-challenge = '51'", 1, "magic is '00000000': that of the signet-challenge is \"54d26fbd\"")]
    [InlineData("port = 0", 1, "port is 0: use a number from 1 to 65535")]
    [InlineData("\n\nport = 65536", 3, "port is 65536")]
    [InlineData("port = '9333'", 1, "port is no number: use one from 1 to 65535, without quotes")]
    [InlineData("port = 093", 1, "port is 093: write")]
    [InlineData("port = 1__0", 1, "port is 1__0: write")]
    [InlineData("dns-seeds = ['a.example:1']", 1, "dns-seeds is 'a.example:1': use a host name")]
    [InlineData("dns-seeds = ['ok.example', 'a b']", 1, "dns-seeds is 'a b'")]
    [InlineData("dns-seeds = 4", 1, "dns-seeds is not a list of names")]
    [InlineData("dns-seeds = ['a'\n'b']\nnot read", 2, "the texts of dns-seeds need a comma")]
    [InlineData("dns-seeds = ['a',\n4]", 2, "dns-seeds has an array with something else than texts")]
    [InlineData("dns-seeds = ['a'", 1, "the texts of dns-seeds need a comma")]
    [InlineData("min-protocol-version = -1", 1, "min-protocol-version is -1: use a number from 0.")]
    [InlineData("required-services = 9", 1, "required-services is not text: write it in quotes")]
    [InlineData("required-services = 'network+blocks'", 1, "required-services is 'network+blocks': 'blocks' is no service: use network, bloom, witness, filters, limited, v2 or bits such as 0x40")]
    [InlineData("max-payload = 1023", 1, "max-payload is 1023: use a number from 1024 to 268435456")]
    [InlineData("max-payload = 9999999999999999999", 1, "max-payload is 9999999999999999999: write")]
    [InlineData("signet-challenge = '5'", 1, "signet-challenge is '5': write the script")]
    [InlineData("signet-challenge = ''", 1, "signet-challenge is ''")]
    [InlineData("prot = 1", 1, "prot is not a setting: did you mean port")]
    [InlineData("a.b = 1", 1, "'a.b = 1' is no setting: write KEY = VALUE")]
    [InlineData("[signet]", 1, "this file has no tables")]
    [InlineData("port = 1\nport = 1", 2, "port is set twice")]
    [InlineData("port =", 1, "port has no value")]
    [InlineData("port = 1 2", 1, "'2' follows the value of port")]
    [InlineData("name = 'x", 1, "the text of name has no quote at its end")]
    [InlineData("name = '''x'''", 1, "name begins with three quotes")]
    [InlineData("name = \"\\q\"", 1, "name has a backslash")]
    [InlineData("name = \"\\", 1, "name has a backslash")]
    [InlineData("name = \"\\\nport = 0", 2, "port is 0")]
    [InlineData("# \u0001", 1, "it has the character U+0001")]
    public void Parse_AFault_NamesLineValueAndRemedy(string text, int line, string what)
    {
        var errors = Assert.Throws<ChainFileException>(() => ChainFile.Parse(text, "f.toml")).Errors;
        Assert.Contains(errors, error => error.StartsWith($"f.toml:{line}: {what}", StringComparison.Ordinal) || (error.StartsWith($"f.toml:{line}: ", StringComparison.Ordinal) && error.Contains(what, StringComparison.Ordinal)));
        Assert.All(errors, error => Assert.EndsWith(".", error, StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_SeveralFaults_TellsAllOfThem()
    {
        var error = Assert.Throws<ChainFileException>(() => ChainFile.Parse("name = 'main'\nport = 0\nx\n", "f.toml"));
        Assert.Equal(
            [
                "f.toml:3: 'x' is no setting: write KEY = VALUE.",
                "f.toml: magic is missing: add magic = \"fbc0b6db\", for example.",
                "f.toml:1: name is 'main': that is the name of a known network, so choose another one.",
                "f.toml:2: port is 0: use a number from 1 to 65535.",
            ],
            error.Errors,
            StringComparer.Ordinal);
        Assert.Equal(string.Join(' ', error.Errors), error.Message);
    }

    [Fact]
    public void Parse_ThousandsOfFaults_TellsTheFirst() =>
        Assert.InRange(Assert.Throws<ChainFileException>(() => ChainFile.Parse(string.Concat(Enumerable.Repeat("x\n", 5_000)), "f.toml")).Errors.Length, 20, 40);

    /// <summary>Covers any chain, in either kind of quotes, with comments, spaces and either end of line.</summary>
    [Fact]
    public void Parse_AnyChain_IsThatChain()
    {
        var gen = Gen.Select(
            Gen.String[Gen.Char["abz019-_"], 1, 64].Where(static name => name is not ("main" or "test")),
            Gen.Byte.Array[4],
            Gen.Int[1, 65535],
            Gen.String[Gen.Char["abc"], 1, 20].Array[0, 5],
            Gen.Int[0, int.MaxValue],
            Gen.Int[1024, 268_435_456],
            Gen.Int);
        gen.Sample((name, magic, port, hosts, version, payload, seed) =>
        {
            var random = new Random(seed);
            string[] lines =
            [
                Line("name", Quoted(name)), Line("magic", Quoted(Convert.ToHexString(magic))), Line("port", Number(port)),
                Line("dns-seeds", $"[{Gap()}{string.Join($"{Gap()},{Gap()}", hosts.Select(Quoted))}{(hosts.Length > 0 && random.Next(2) == 0 ? "," : "")}{Gap()}]"),
                Line("min-protocol-version", Number(version)), Line("max-payload", Number(payload)),
            ];
            random.Shuffle(lines);
            var chain = ChainFile.Parse(string.Concat(lines), "f.toml");
            Assert.Equal((name, port, version, payload), (chain.Name, chain.DefaultPort, chain.MinProtocolVersion, chain.MaxPayloadLength));
            Assert.Equal(magic, chain.Magic);
            Assert.Equal(hosts, chain.DnsSeeds.Select(static each => each.Host), StringComparer.Ordinal);

            string Line(string key, string value) => $"{Space()}{key}{Space()}={Space()}{value}{Space()}{(random.Next(3) == 0 ? "# a remark = \"" : "")}{End()}";
            string Space() => new(random.Next(2) == 0 ? ' ' : '\t', random.Next(3));
            string End() => random.Next(2) == 0 ? "\n" : "\r\n";
            string Gap() => random.Next(4) == 0 ? $"# ] a remark{End()}" : random.Next(2) == 0 ? End() : Space();
            string Quoted(string text) => random.Next(3) switch { 0 => $"'{text}'", 1 => $"\"{text}\"", _ => $"\"{string.Concat(text.Select(static letter => $"\\u{(int)letter:x4}"))}\"" };
            string Number(int number) => random.Next(2) == 0 && number > 999
                ? number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', '_')
                : (random.Next(2) == 0 ? "+" : "") + number.ToString(CultureInfo.InvariantCulture);
        });
    }

    [Fact]
    public void Parse_DamagedFiles_EndAsDocumented() => Mutations.Run(
        Mutations.Texts(Litecoin, "name = 'ours'\nsignet-challenge = '51'\n"),
        static input =>
        {
            ChainFile.Parse(Encoding.UTF8.GetString(input), "f.toml");
            return true;
        },
        static exception => exception is ChainFileException,
        output.WriteLine);

    [Fact]
    public async Task Load_AFile_IsAsItsText()
    {
        var path = Path.Combine(_directory, "l.toml");
        await File.WriteAllBytesAsync(path, [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Litecoin)], TestContext.Current.CancellationToken);
        Assert.Equal("litecoin", _load(path).Name);
        Assert.Equal("litecoin", (await ChainFile.LoadAsync(path, TestContext.Current.CancellationToken)).Name);
    }

    [Fact]
    public async Task Load_WhatIsNoSuchFile_Throws()
    {
        var path = Path.Combine(_directory, "long.toml");
        await File.WriteAllTextAsync(path, new string('#', ChainFile.MaxLength + 1), TestContext.Current.CancellationToken);
        foreach (var each in (string[])[path, _directory, Path.Combine(_directory, "none")])
        {
            Assert.ThrowsAny<Exception>(() => _load(each));
            var error = await Record.ExceptionAsync(() => ChainFile.LoadAsync(each, TestContext.Current.CancellationToken));
            Assert.True(error is IOException or UnauthorizedAccessException, $"{each}: {error}");
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
