using System.Text.Json;

namespace Connmgr.Tool.Tests;

/// <summary>Files, answers and requests that were damaged at random: each ends as its reader documents.</summary>
public sealed class MutatedInputTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void DnsAnswer_MutatedMessage_IsReadOrRefused()
    {
        // An alias, two addresses behind it, and EDNS.
        var answer = Convert.FromHexString(
            "1234850000010003000000010473656564076578616d706c650000010001c00c000500010000003c000704706f6f6cc00cc02a000100010000003c000414010001"
            + "c02a000100010000003c00041401000200002904d0000000000000");
        Run([answer], static input => DnsAnswer.Read(input, new DnsQuestion(DnsName.FromHost("seed.example")!, DnsRecordType.A), 0x1234) is { IsDamaged: false });
    }

    [Fact]
    public void ConfigurationFile_MutatedText_IsReadOrRefused() => Run(
        Mutations.Texts("target = 8\nlisten = [\"0.0.0.0:8333\", '[::]:8333']\n[mainnet]\nmax-inbound = 20 # places\n", "data-dir = \"\"\"a\\\n b\"\"\"\nquiet = true\n"),
        static input => ConfigurationFile.Parse(TextFile.From(input).ToString(), "connmgr.toml").Errors.Count == 0);

    [Fact]
    public void BanLine_MutatedLine_IsReadOrRefused() => Run(
        Mutations.Texts("192.0.2.0/24", "setban 192.0.2.1 add 86400", "bitcoin-cli setban \"2001:db8::/32\" \"add\" 4102444800 true", "AS64496 # a remark"),
        static input => TextFile.From(input).Lines("#;").Any(static line => BanLine.TryParse(line.Text, Now, TimeSpan.FromDays(1), out _, out _)));

    [Fact]
    public void AddressLine_MutatedLine_IsReadOrRefused() => Run(
        Mutations.Texts(
            "23.4.5.6:8333 # AS1", "[2a01:4f8::6]:8333", "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion", "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0"),
        static input => TextFile.From(input).Lines().Any(static line => AddressLine.TryParse(line.Text, 8333, out _)));

    [Fact]
    public void ControlRequest_MutatedLine_IsReadOrRefused() => Run(
        Mutations.Texts("""{"id":1,"command":"peers.list","arguments":{}}""", """{"id":2,"command":"bans.add","arguments":{"target":"192.0.2.0/24","seconds":60}}"""),
        static input => JsonSerializer.Deserialize(input, ControlJson.Default.ControlRequest) is not null,
        static exception => exception is JsonException);

    private void Run(IReadOnlyList<byte[]> seeds, Func<byte[], bool> read, Func<Exception, bool>? isDocumented = null) =>
        Mutations.Run(seeds, read, isDocumented ?? (static _ => false), output.WriteLine);
}
