using System.Collections.Concurrent;
using System.Net;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Proxies;

public class Socks5DialerPropertyTests
{
    private static readonly IPEndPoint Proxy = new(IPAddress.Loopback, 9050);
    private static readonly DnsEndPoint Peer = new("seed.example", 8333);

    [Fact]
    public async Task DialAsync_OfAnyBytesInAnySplit_GivesAStreamOrThrowsConnectFailed_AndNeverLeaksOne()
    {
        var seen = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);

        // Mostly answers that start well, so that every branch is reached; also those that one byte in 256 leads to, of which a run could meet none.
        byte[][] starts =
        [
            [], [5], [5, 0], [5, 2], [5, 2, 1], [5, 2, 1, 0],
            [5, 0, 5], [5, 0, 5, 0, 0], [5, 0, 5, 0, 0, 1], [5, 2, 1, 0, 5, 0, 0, 3], [5, 0, 5, 0, 0, 4],
        ];
        var start = Gen.OneOf([.. starts.Select(Gen.Const), Gen.Byte[1, 8].Select(static status => (byte[])[5, 0, 5, status])]);
        await Gen.Select(start, Gen.Byte.Array[0, 30], Gen.Int[1, 7].Array[1, 8]).SampleAsync(
            async (head, tail, pieces) =>
            {
                byte[] script = [.. head, .. tail];
                var proxy = new ScriptedProxy(script, Cycle(pieces));
                try
                {
                    var stream = await Dialer(proxy).DialAsync(Peer);
                    Assert.Equal(0, proxy.DisposeCount);

                    // Exactly the bytes of the handshake were taken; the rest is the peer's.
                    using var rest = new MemoryStream();
                    await stream.CopyToAsync(rest);
                    Assert.Equal(script[LengthOfHandshake(script)..], rest.ToArray());
                    await stream.DisposeAsync();
                    Assert.NotEqual(0, proxy.DisposeCount);
                    Count(seen, "granted");
                }
                catch (ConnectFailedException e)
                {
                    Assert.NotEqual(ConnectFailureCause.None, e.Cause);
                    Assert.Equal(ConnectPhase.Proxy, e.Phase);
                    Assert.Equal(1, proxy.DisposeCount);
                    Count(seen, e.Cause.ToString());
                    Count(seen, Assert.IsType<TorException>(e.InnerException).Code.ToString());
                }
            },
            iter: 30_000);

        foreach (var state in new[]
        {
            "granted", nameof(TorErrorCode.InvalidProxyResponse), nameof(TorErrorCode.InvalidAddressResponse), nameof(TorErrorCode.UnrecognizedAuthMethod),
            nameof(TorErrorCode.AuthenticationFailed), nameof(ConnectFailureCause.Unknown), nameof(ConnectFailureCause.NameNotFound),
            nameof(ConnectFailureCause.Unreachable), nameof(ConnectFailureCause.Refused), nameof(ConnectFailureCause.Timeout),
        })
        {
            Assert.True(seen.ContainsKey(state), $"no run met {state}");
        }
    }

    [Fact]
    public async Task DialAsync_CutShortAtAnyMoment_NeverLeaksTheStream()
    {
        var outcomes = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        byte[] script = [5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        await Gen.Select(Gen.Int[0, 16], Gen.Int[1, 3], Gen.Bool, Gen.Bool).SampleAsync(
            async (moment, piece, byCaller, ignoresTokens) =>
            {
                var clock = new FakeTimeProvider();
                using var caller = new CancellationTokenSource();
                var reads = 0;
                var proxy = new ScriptedProxy(
                    script,
                    () =>
                    {
                        if (reads++ == moment)
                            CutShort();
                        return piece;
                    },
                    ignoresTokens: ignoresTokens);
                var dialer = new Socks5Dialer(Proxy, new Socks5DialerOptions { Connect = proxy.ConnectAsync, TimeProvider = clock });
                try
                {
                    await (await dialer.DialAsync(Peer, caller.Token)).DisposeAsync();
                    Count(outcomes, "granted");
                }
                catch (OperationCanceledException)
                {
                    Count(outcomes, "canceled");
                }
                catch (ConnectFailedException e)
                {
                    Count(outcomes, e.Cause.ToString());
                }

                await proxy.Disposed;

                void CutShort()
                {
                    if (byCaller)
                        caller.Cancel();
                    else
                        clock.Advance(TimeSpan.FromSeconds(61));
                }
            },
            iter: 5_000,
            threads: 1);

        foreach (var state in new[] { "granted", "canceled", nameof(ConnectFailureCause.Timeout), nameof(ConnectFailureCause.ProxyUnreachable) })
            Assert.True(outcomes.ContainsKey(state), $"no run met {state}");
    }

    /// <summary>By the book: greeting, credentials if they were chosen, reply with its address.</summary>
    private static int LengthOfHandshake(byte[] script)
    {
        var reply = script[1] == 2 ? 4 : 2;
        return reply + 4 + 2 + script[reply + 3] switch { 1 => 4, 4 => 16, _ => 1 + script[reply + 4] };
    }

    private static void Count(ConcurrentDictionary<string, int> counts, string what) => counts.AddOrUpdate(what, 1, static (_, n) => n + 1);

    private static Socks5Dialer Dialer(ScriptedProxy proxy) =>
        new(Proxy, new Socks5DialerOptions { Connect = proxy.ConnectAsync, TimeProvider = new FakeTimeProvider() });

    private static Func<int> Cycle(int[] pieces)
    {
        var next = 0;
        return () => pieces[next++ % pieces.Length];
    }
}
