using CsCheck;

namespace Connmgr.Tool.Tests.Seed;

public sealed class DnsAnswerTests
{
    private const ushort Id = 0x1234;

    // From NSD 4.6.1, asked for seed.example, which is an alias of pool.seed.example.
    private static readonly byte[] NsdA = Convert.FromHexString(
        "1234850000010003000100020473656564076578616d706c650000010001c00c000500010000003c000704706f6f6cc00cc02a000100010000003c000414010001"
        + "c02a000100010000003c000414010002c011000200010000003c0005026e73c011c05d000100010000003c00041435000100002904d0000000000000");

    private static readonly byte[] NsdAaaa = Convert.FromHexString(
        "1234850000010002000100020473656564076578616d706c6500001c0001c00c000500010000003c000704706f6f6cc00cc02a001c00010000003c0010260000000000"
        + "00000000000000000001c011000200010000003c0005026e73c011c059000100010000003c00041435000100002904d0000000000000");

    private static readonly byte[] NsdNoSuchName = Convert.FromHexString(
        "123485030001000000010001066e6f73756368076578616d706c650000010001c013000600010000003c0026026e73c0130a686f73746d6173746572c0130000000100"
        + "000e1000000258000151800000003c00002904d0000000000000");

    private static readonly DnsQuestion Question = Of("seed.example");

    [Fact]
    public void Read_OfRealAnswers_GivesTheAddressesOfTheAlias()
    {
        Assert.Equal(["20.1.0.1", "20.1.0.2"], Texts(DnsAnswer.Read(NsdA, Of("Seed.EXAMPLE."), Id)), StringComparer.Ordinal);
        Assert.Equal(["2600::1"], Texts(DnsAnswer.Read(NsdAaaa, Question with { Type = DnsRecordType.Aaaa }, Id)), StringComparer.Ordinal);
        Assert.Equal(DnsResultCode.NoSuchName, DnsAnswer.Read(NsdNoSuchName, Of("nosuch.example"), Id)!.Code);
    }

    [Fact]
    public void Read_OfAnAnswerToAnotherQuestion_IsNone()
    {
        Assert.Null(DnsAnswer.Read(NsdA, Question, Id + 1));
        Assert.Null(DnsAnswer.Read(NsdA, Of("pool.seed.example"), Id));
        Assert.Null(DnsAnswer.Read(NsdA, Question with { Type = DnsRecordType.Aaaa }, Id));
        Assert.Null(DnsAnswer.Read(Changed(NsdA, 2, 0x05), Question, Id)); // A question.
        Assert.Null(DnsAnswer.Read(Changed(NsdA, 2, 0xa5), Question, Id)); // Of another operation.
        Assert.Null(DnsAnswer.Read(Changed(NsdA, 5, 0), Question, Id)); // Says that it went well, and not what.
        Assert.Null(DnsAnswer.Read(Changed(NsdA, 29, 3), Question, Id)); // Of another class: CH.
    }

    [Fact]
    public void Read_OfAnErrorWithoutTheQuestion_IsThatError() =>
        Assert.Equal(DnsResultCode.FormatError, DnsAnswer.Read([0x12, 0x34, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0], Question, Id)!.Code);

    [Fact]
    public void Read_OfAnAnswerThatIsCutOff_IsDamaged_AndGivesAddressesOnlyWhenItSaysThatItIsTruncated() =>
        Gen.Int[30, NsdA.Length - 1].Sample(length =>
        {
            var cut = DnsAnswer.Read(NsdA.AsSpan(0, length), Question, Id)!;
            var truncated = DnsAnswer.Read(Changed(NsdA, 2, 0x87).AsSpan(0, length), Question, Id)!;
            Assert.Equal(length < 81, cut.IsDamaged);
            Assert.Equal(cut.IsDamaged ? 0 : 2, cut.Addresses.Count);
            Assert.True(truncated.IsTruncated);
            Assert.Equal(length < 65 ? 0 : length < 81 ? 1 : 2, truncated.Addresses.Count);
        });

    [Fact]
    public void Read_OfAnyBytes_NeverThrows() =>
        Gen.Select(Gen.OneOf(Gen.Const(NsdA), Gen.Const(NsdAaaa), Gen.Byte.Array[0, 300]), Gen.Select(Gen.Int[12, 200], Gen.Byte).Array[0, 8], Gen.Int[0, 300]).Sample(
            (bytes, changes, length) =>
            {
                var message = bytes.ToArray();
                foreach (var (at, value) in changes)
                {
                    if (at < message.Length)
                        message[at] = value;
                }

                var answer = DnsAnswer.Read(message.AsSpan(0, Math.Min(length, message.Length)), Question, Id);
                Assert.All(answer?.Addresses ?? [], address => Assert.Equal(4, address.GetAddressBytes().Length));
            },
            iter: 20_000);

    [Fact]
    public void Read_OfNamesThatPointAtOneAnother_Ends()
    {
        // A message of pointers alone: each record's name is 16,000 pointers away from an end, if it had one.
        var message = new byte[65_535];
        NsdA.AsSpan(0, 30).CopyTo(message);
        message[6] = message[7] = 0xff;
        for (var at = 30; at + 1 < message.Length; at += 2)
        {
            var target = Math.Min(at - 2, 0x3ffe);
            (message[at], message[at + 1]) = ((byte)(0xc0 | (target >> 8)), (byte)target);
        }

        Assert.True(DnsAnswer.Read(message, Question, Id)!.IsDamaged);
    }

    [Fact]
    public void Name_OfTextThatDnsCannotCarry_IsNone() => Assert.All(
        ["", ".", "a..b", "bücher.example", new string('a', 64), string.Join('.', Enumerable.Repeat(new string('a', 63), 4))],
        static text => Assert.Null(DnsName.FromHost(text)));

    private static DnsQuestion Of(string host) => new(DnsName.FromHost(host)!, DnsRecordType.A);

    private static IEnumerable<string> Texts(DnsAnswer? answer) => answer!.Addresses.Select(address => address.ToString());

    private static byte[] Changed(byte[] message, int at, byte value)
    {
        byte[] changed = [.. message];
        changed[at] = value;
        return changed;
    }
}
