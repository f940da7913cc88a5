using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using static Connmgr.Tool.Tests.Seed.NameServer.Query;

namespace Connmgr.Tool.Tests.Seed;

/// <summary>Lookups at a scripted name server; Connmgr.Interop.Tests has a real one.</summary>
public sealed class DnsServerLookupTests
{
    private static readonly DnsQuestion Question = new(DnsName.FromHost("seed.example")!, DnsRecordType.A);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DnsResultCode.FormatError)]
    [InlineData(DnsResultCode.NotImplemented)]
    [InlineData(DnsResultCode.ServerFailure)]
    public async Task AskAsync_OfAServerThatRefusesEdns_AsksAtOnceWithout(object code)
    {
        await using var server = new NameServer(query => query.HasEdns ? [query.Reply((int)code, truncated: false)] : [query.Reply(Address("20.1.0.1"))]);

        var answer = await AskAsync(server); // The clock stands still.

        Assert.Equal("20.1.0.1", $"{Assert.Single(answer.Addresses)}");
        Assert.Equal([true, false], server.Asked.Select(query => query.HasEdns));
    }

    [Fact]
    public async Task AskAsync_OfAServerThatHasAnotherVersionOfEdns_AsksAtOnceWithout()
    {
        byte[] badVersion = [0, 0, 41, 4, 0xd0, 1, 0, 0, 0, 0, 0];
        await using var server = new NameServer(query =>
        {
            if (!query.HasEdns)
                return [query.Reply(Address("20.1.0.1"))];
            byte[] reply = [.. query.Reply(), .. badVersion];
            reply[11] = 1;
            return [reply];
        });

        Assert.Single((await AskAsync(server)).Addresses);
    }

    [Fact]
    public async Task AskAsync_OfAServerThatIsSilentToEdns_AsksWithoutAfterAPause()
    {
        await using var server = new NameServer(query => query.HasEdns ? [] : [query.Reply(Address("20.1.0.1"))]);

        var asking = AskAsync(server);
        await AdvanceUntilAsync(() => asking.IsCompleted);

        Assert.Single((await asking).Addresses);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public async Task AskAsync_OfALateAnswer_TakesItWhicheverQuestionItIsTo(int which)
    {
        await using var server = new NameServer(static _ => []);

        var asking = AskAsync(server);
        await AdvanceUntilAsync(() => server.Asked.Count >= 5);
        var asked = server.Asked.ToList();
        Assert.False(asking.IsCompleted);
        Assert.Single(asked.Select(query => query.From!.Port).Distinct()); // One socket.
        Assert.Equal([true, false, true, false, true], asked.Select(query => query.HasEdns));
        await server.SendAsync(asked[which].Reply(Address("20.1.0.1")), asked[which]);

        Assert.Single((await asking.WaitAsync(Deadline, Token)).Addresses);
    }

    [Fact]
    public async Task AskAsync_OfStrayPackets_WaitsForTheAnswer()
    {
        await using var server = new NameServer(query =>
        {
            var forged = query.Reply(Address("6.6.6.6"));
            byte[] otherId = [(byte)(forged[0] ^ 1), .. forged[1..]], question = [.. forged], otherName = [.. forged], otherKind = [.. forged], otherClass = [.. forged];
            question[2] = 0x01;
            otherName[13]++;
            otherKind[^19]++;
            otherClass[^17]++;
            return [[], [1], otherId, question, otherName, otherKind, otherClass, query.Reply(Address("20.1.0.1"))];
        });

        Assert.Equal("20.1.0.1", $"{Assert.Single((await AskAsync(server)).Addresses)}");
    }

    [Fact]
    public async Task AskAsync_OfRecordsOfOthers_LeavesThemOut()
    {
        await using var server = new NameServer(query =>
        [
            query.Reply(
                Address("6.6.6.1", "evil.example"), Address("6.6.6.2", kind: 3), Address("2600::6"), Alias("evil.example", "worse.example"), Address("6.6.6.3", "worse.example"), Address("20.1.0.1")),
        ]);

        Assert.Equal("20.1.0.1", $"{Assert.Single((await AskAsync(server)).Addresses)}");
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(9, false)]
    [InlineData(9, true)]
    public async Task AskAsync_OfAChainOfAliases_FollowsIt(int length, bool isReversed)
    {
        await using var server = new NameServer(query =>
        {
            var records = Enumerable.Range(0, length).Select(i => Alias(i == 0 ? null : $"a{i}.example", $"A{i + 1}.example")).Append(Address("20.1.0.1", $"a{length}.Example"));
            return [query.Reply([.. isReversed ? records.Reverse() : records])];
        });

        Assert.Single((await AskAsync(server)).Addresses);
    }

    [Fact]
    public async Task AskAsync_OfAliasesInACircle_Ends()
    {
        await using var server = new NameServer(query => [query.Reply(Alias(null, "a.example"), Alias("a.example", "seed.example"), Address("20.1.0.1", "b.example"))]);

        Assert.Empty((await AskAsync(server)).Addresses);
    }

    [Fact]
    public async Task AskAsync_OfATruncatedAnswer_AsksByTcp()
    {
        await using var server = new NameServer(
            query => query.IsTcp
                ? [query.Reply([.. Enumerable.Range(1, 250).Select(i => Address($"20.1.0.{i}"))])]
                : [query.Reply(code: 0, truncated: true, Address("20.1.0.1"))],
            hasTcp: true);

        Assert.Equal(250, (await AskAsync(server)).Addresses.Count);
    }

    [Theory]
    [InlineData(false)] // Refused.
    [InlineData(true)] // Closed without an answer.
    public async Task AskAsync_OfATruncatedAnswerWithoutTcp_TakesWhatItHas(bool hasTcp)
    {
        await using var server = new NameServer(query => query.IsTcp ? [] : [query.Reply(code: 0, truncated: true, Address("20.1.0.1"), Address("20.1.0.2"))[..^3]], hasTcp);

        var asking = AskAsync(server);
        await AdvanceUntilAsync(() => asking.IsCompleted);

        Assert.Equal("20.1.0.1", $"{Assert.Single((await asking).Addresses)}");
    }

    [Fact]
    public async Task LookupAsync_WhenOneKindIsNeverAnswered_GivesTheOther()
    {
        await using var server = new NameServer(query => query.IsForIPv6 ? [] : [query.Reply(Address("20.1.0.1"))]);

        var looking = LookupAsync(server);
        await AdvanceUntilAsync(() => looking.IsCompleted);

        Assert.Equal([IPAddress.Parse("20.1.0.1")], await looking);
    }

    [Theory]
    [InlineData(DnsResultCode.NoSuchName, SocketError.HostNotFound, "SERVER reports that seed.example. does not exist (NXDOMAIN)")]
    [InlineData(DnsResultCode.ServerFailure, SocketError.TryAgain, "SERVER could not get an answer for seed.example. (SERVFAIL)")]
    [InlineData(DnsResultCode.Refused, SocketError.NoRecovery, "SERVER refused to answer for seed.example. (REFUSED)")]
    [InlineData(DnsResultCode.FormatError, SocketError.NoRecovery, "SERVER can't read the question for seed.example. (FORMERR)")]
    [InlineData((DnsResultCode)9, SocketError.NoRecovery, "SERVER answered with the error 9 for seed.example.")]
    [InlineData(DnsResultCode.NoError, SocketError.NoData, "SERVER reports no addresses for seed.example.")]
    public async Task LookupAsync_WithoutAddresses_SaysWhy(object code, SocketError error, string message)
    {
        await using var server = new NameServer(query => [query.Reply((int)code, truncated: false)]);

        var failure = await Assert.ThrowsAsync<SocketException>(() => LookupAsync(server));

        Assert.Equal(error, failure.SocketErrorCode);
        Assert.Equal(message.Replace("SERVER", $"{server.EndPoint}", StringComparison.Ordinal), failure.Message);
    }

    [Fact]
    public async Task LookupAsync_OfADamagedAnswer_SaysSoInAShortSentence()
    {
        await using var server = new NameServer(query => [query.Reply(Address("20.1.0.1"), Address("20.1.0.2"))[..^7]]);

        var failure = await Assert.ThrowsAsync<SocketException>(() => LookupAsync(server));

        Assert.Equal($"the answer of {server.EndPoint} for seed.example. is damaged", failure.Message);
    }

    [Fact]
    public async Task AskAsync_OfAFlood_GivesUp()
    {
        await using var server = new NameServer(static _ => Forever(new byte[12]));

        var failure = await Assert.ThrowsAsync<SocketException>(() => AskAsync(server));

        Assert.Contains("packets that are not answers", failure.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<byte[]> Forever(byte[] packet)
    {
        while (true)
            yield return packet;
    }

    private async Task<DnsAnswer> AskAsync(NameServer server) => await new DnsExchange(server.EndPoint, _clock).AskAsync(Question, Token);

    private async Task<IReadOnlyList<IPAddress>> LookupAsync(NameServer server) => await new DnsServerLookup(server.EndPoint, _clock).LookupAsync("seed.example.", Token);

    /// <summary>Lets time pass until something is so: a pause begins only when what comes before it is done.</summary>
    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        if (condition())
            return true;
        _clock.Advance(TimeSpan.FromSeconds(1));
        return false;
    });
}
