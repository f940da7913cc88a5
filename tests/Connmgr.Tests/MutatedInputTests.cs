using System.Text;
using Connmgr.Tests.Addresses;

namespace Connmgr.Tests;

/// <summary>Files, replies and texts that were damaged at random: each ends as its reader documents.</summary>
public sealed class MutatedInputTests(ITestOutputHelper output)
{
    private static readonly byte[][] Addresses = Mutations.Texts(
        "1.2.3.4:8333", "[2001:db8::1]:8333", "[fc00::1]:8333", "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion:8333",
        "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p:0", "192.0.2.0/24", "192.0.2.0/255.255.255.0", "2001:db8::/32", "AS64496");

    [Fact]
    public void PeersFormat_MutatedFile_IsReadOrRefused()
    {
        var world = new BookWorld();
        var random = new Random(1);
        for (var i = 0; i < 40; i++)
            world.Book.Add([new PeerAddress(BookWorld.Any(random), 9, world.Now)], BookWorld.Source);
        var file = FileWorld.Write(world.Book);
        Run(
            [file[..^32]],
            input => PeersFormat.Read("peers.dat", FileWorld.Seal(input), FileWorld.Magic.AsSpan()) is not null,
            static exception => exception is AddressFileException);
    }

    [Fact]
    public void AnchorsFormat_MutatedFile_IsReadOrRefused()
    {
        PeerAddress[] anchors = [new(NetworkEndPoint.Parse("1.2.3.4:8333"), 9, DateTimeOffset.UnixEpoch), new(NetworkEndPoint.Parse("[2600::1]:8333"), 9, DateTimeOffset.UnixEpoch)];
        Run(
            [AnchorsFormat.Write(anchors, FileWorld.Magic.AsSpan()).ToArray()[..^32]],
            input => !AnchorsFormat.Read("anchors.dat", FileWorld.Seal(input), FileWorld.Magic.AsSpan()).IsDefault,
            static exception => exception is AddressFileException);
    }

    [Fact]
    public void BanListFormat_MutatedFile_IsReadOrRefused() => Run(
        Mutations.Texts(
            """{"banned_nets":[{"version":1,"ban_created":1780000000,"banned_until":4102444800,"address":"192.0.2.1/32"}]}""",
            """[{"address":"2001:db8::/32","ban_created":1780000000,"banned_until":4102444800,"ban_duration":1,"time_remaining":100}]"""),
        static input => BanListFormat.Read("banlist.json", input) is not null,
        static exception => exception is AddressFileException);

    [Fact]
    public void AsMap_MutatedFile_IsReadOrRefused() => Run(
        [AsMapTests.CoresTestMap],
        static input =>
        {
            var map = AsMap.Parse(input);
            map.GetAutonomousSystem(NetworkAddress.Parse("1.2.3.4"));
            return true;
        },
        static exception => exception is FormatException);

    [Fact]
    public void Socks5Protocol_MutatedReplies_AreReadOrRefused() => Run(
        [
            [5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 0x20, 0x8d],
            [5, 2, 1, 0, 5, 0, 0, 3, 7, .. "example"u8, 0x20, 0x8d],
            [5, 0, 5, 0, 0, 4, .. new byte[16], 0, 0],
            [5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0],
        ],
        static input =>
        {
            using var proxy = new Replies(input);
            var fault = Completed(Socks5Protocol.AuthenticateAsync(proxy, new ProxyCredentials("user", "password"), isOptional: true, CancellationToken.None));
            return fault == Socks5Fault.None
                && Completed(Socks5Protocol.RequestAsync(proxy, Socks5Protocol.ConnectCommand, "example.org", 8333, CancellationToken.None)).Fault == Socks5Fault.None;
        },
        static exception => exception is IOException);

    [Fact]
    public void TorReplies_MutatedLines_AreReadOrRefused() => Run(
        Mutations.Texts(
            "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE=\"/run/tor/control.authcookie\"\r\n250-VERSION Tor=\"0.4.8.10\"\r\n250 OK\r\n",
            "250+info/names=\r\na -- b\r\n..c\r\n.\r\n250 OK\r\n",
            "650 HS_DESC UPLOADED x UNKNOWN y\r\n250-ServiceID=x\r\n250-PrivateKey=ED25519-V3:abc=\r\n250 OK\r\n"),
        static input =>
        {
            var parser = new TorReplyParser();
            parser.Push(input);
            var count = 0;
            for (; parser.TryTake(out var reply); count++)
            {
                if (reply.Lines.Any(static line => line.StartsWith("AUTH ", StringComparison.Ordinal)))
                    _ = TorProtocolInfo.Parse(reply);
            }

            return count > 0;
        },
        static exception => exception is TorControlException);

    [Fact]
    public void NetworkEndPoint_MutatedText_IsReadOrRefused() => Run(
        Addresses,
        static input =>
        {
            var isTaken = NetworkEndPoint.TryParse(Encoding.UTF8.GetString(input), 8333, out var endPoint);
            Assert.True(!isTaken || NetworkEndPoint.Parse(endPoint.ToString()) == endPoint);
            return isTaken;
        },
        static _ => false);

    [Fact]
    public void NetworkSubnet_MutatedText_IsReadOrRefused() => Run(
        Addresses,
        static input =>
        {
            var isTaken = NetworkSubnet.TryParse(Encoding.UTF8.GetString(input), out var subnet);
            Assert.True(!isTaken || NetworkSubnet.Parse(subnet.ToString()) == subnet);
            return isTaken;
        },
        static _ => false);

    [Fact]
    public void BanTarget_MutatedText_IsReadOrRefused() => Run(
        Addresses,
        static input =>
        {
            var isTaken = BanTarget.TryParse(Encoding.UTF8.GetString(input), out var target);
            Assert.True(!isTaken || BanTarget.Parse(target.ToString()) == target);
            return isTaken;
        },
        static _ => false);

    private void Run(IReadOnlyList<byte[]> seeds, Func<byte[], bool> read, Func<Exception, bool> isDocumented) =>
        Mutations.Run(seeds, read, isDocumented, output.WriteLine);

    private static T Completed<T>(ValueTask<T> task)
    {
        Assert.True(task.IsCompleted, "It waits for more than the bytes that came.");
#pragma warning disable VSTHRD002 // It has completed.
        return task.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    /// <summary>What a proxy answers, whatever it is sent; then it closes.</summary>
    private sealed class Replies(byte[] bytes) : MemoryStream(bytes, writable: true)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    }
}
