using System.Net;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Proxies;

public class TorResolverPropertyTests
{
    private static readonly IPEndPoint Proxy = new(IPAddress.Loopback, 9050);

    [Fact]
    public async Task LookupAsync_OfAnyAddressInAnySplit_GivesIt() =>
        await Gen.Select(Gen.Frequency((1, Gen.Byte.Array[4]), (1, Gen.Byte.Array[16])), Gen.Int[1, 5].Array[1, 8]).SampleAsync(
            async (address, pieces) =>
            {
                byte[] script = [5, 0, 5, 0, 0, (byte)(address.Length == 4 ? 1 : 4), .. address, 0, 0];

                var answer = await Resolver(new ScriptedProxy(script, Cycle(pieces))).LookupAsync("seed.example");

                Assert.Equal([new IPAddress(address)], answer);
            },
            iter: 2_000);

    [Fact]
    public async Task LookupAsync_OfAnyBytes_AnswersOrThrowsTorException()
    {
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<TorErrorCode, int>();

        // Mostly answers that start well, so that every branch is reached; then a few bytes changed. One has its status: of the tails one in 256
        // begins with that, and a run in 150 met none.
        byte[][] starts =
        [
            [], [5, 0], [5, 0, 5], [5, 0, 5, (byte)TorErrorCode.HostUnreachable],
            [5, 0, 5, 0, 0], [5, 0, 5, 0, 0, 1], [5, 0, 5, 0, 0, 3], [5, 0, 5, 0, 0, 4],
        ];
        var start = Gen.OneOf([.. starts.Select(Gen.Const)]);
        await Gen.Select(start, Gen.Byte.Array[0, 30], Gen.Int[1, 7].Array[1, 8], Gen.Bool).SampleAsync(
            async (head, tail, pieces, withCredentials) =>
            {
                var resolver = Resolver(
                    new ScriptedProxy([.. head, .. tail], Cycle(pieces)),
                    withCredentials ? new ProxyCredentials("u", "p") : null);
                try
                {
                    Assert.Single(await resolver.LookupAsync("seed.example"));
                    seen.AddOrUpdate(TorErrorCode.Unknown, 1, (_, n) => n + 1);
                }
                catch (TorException e)
                {
                    Assert.NotEqual(TorErrorCode.Unknown, e.Code);
                    seen.AddOrUpdate(e.Code, 1, (_, n) => n + 1);
                }
            },
            iter: 20_000);

        Assert.Contains(TorErrorCode.Unknown, seen.Keys);
        Assert.Contains(TorErrorCode.InvalidProxyResponse, seen.Keys);
        Assert.Contains(TorErrorCode.InvalidAddressResponse, seen.Keys);
        Assert.Contains(TorErrorCode.UnrecognizedAuthMethod, seen.Keys);
        Assert.Contains(TorErrorCode.HostUnreachable, seen.Keys);
    }

    private static TorResolver Resolver(ScriptedProxy proxy, ProxyCredentials? credentials = null) =>
        new(Proxy, new TorResolverOptions
        {
            Connect = proxy.ConnectAsync,
            Credentials = credentials,
            TimeProvider = new FakeTimeProvider(),
        });

    private static Func<int> Cycle(int[] pieces)
    {
        var next = 0;
        return () => pieces[next++ % pieces.Length];
    }
}
