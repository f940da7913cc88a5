using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tool.Tests;

/// <summary><c>connmgr resolve</c> against a proxy on loopback that answers as Tor does.</summary>
public sealed class ResolveCommandTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _asked = [];

    public ResolveCommandTests() => _listener.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Proxy => _listener.LocalEndpoint.ToString()!;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Resolve_OfAName_WritesItsAddress()
    {
        var run = new ToolRun();
        var serving = ServeAsync([5, 0, 0, 1, 192, 0, 2, 7, 0, 0]);

        Assert.Equal(0, await run.RunAsync("resolve", "seed.example", "--proxy", Proxy));
        await serving;

        Assert.Equal("192.0.2.7\n", run.Out);
        Assert.Equal("F0 seed.example", Assert.Single(_asked));
    }

    [Fact]
    public async Task Resolve_SeveralTimes_WritesEachAddressOnce()
    {
        var run = new ToolRun();
        var serving = ServeAsync([5, 0, 0, 1, 192, 0, 2, 7, 0, 0], [5, 0, 0, 1, 192, 0, 2, 8, 0, 0], [5, 0, 0, 1, 192, 0, 2, 7, 0, 0]);

        Assert.Equal(0, await run.RunAsync("resolve", "seed.example", "--proxy", Proxy, "--lookups", "3", "--json"));
        await serving;

        var item = Assert.Single(run.Lines);
        var addresses = item.GetProperty("addresses").EnumerateArray().Select(address => address.GetString()).Order(StringComparer.Ordinal);
        Assert.Equal("192.0.2.7 192.0.2.8", string.Join(' ', addresses));
        Assert.Equal("seed.example", item.GetProperty("query").GetString());
    }

    [Fact]
    public async Task Resolve_Reverse_WritesTheName()
    {
        var run = new ToolRun();
        var serving = ServeAsync([5, 0, 0, 3, 12, .. "node.example"u8, 0, 0]);

        Assert.Equal(0, await run.RunAsync("resolve", "192.0.2.7", "--reverse", "--proxy", Proxy));
        await serving;

        Assert.Equal("node.example\n", run.Out);
        Assert.Equal("F1 192.0.2.7", Assert.Single(_asked));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Resolve_WhenTorFails_SaysWhy(bool json)
    {
        var run = new ToolRun();
        var serving = ServeAsync([5, 4, 0, 1, 0, 0, 0, 0, 0, 0]);

        Assert.Equal(1, await run.RunAsync(["resolve", "nosuch.example", "--proxy", Proxy, .. json ? ["--json"] : Array.Empty<string>()]));
        await serving;

        Assert.Contains("no such host", run.Error, StringComparison.Ordinal);
        if (json)
            Assert.Equal("hostUnreachable", Assert.Single(run.Lines).GetProperty("failure").GetString());
        else
            Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Resolve_OfWhatIsNoName_SaysWhyAndAsksNobody()
    {
        var run = new ToolRun();

        Assert.Equal(1, await run.RunAsync("resolve", new string('a', 256), "--proxy", Proxy));

        Assert.Contains("256 bytes", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", run.Error, StringComparison.Ordinal);
    }

    private async Task ServeAsync(params byte[][] replies)
    {
        foreach (var reply in replies)
        {
            using var client = await _listener.AcceptTcpClientAsync(Token);
            var stream = client.GetStream();
            await stream.ReadExactlyAsync(new byte[3], Token);
            await stream.WriteAsync((byte[])[5, 2], Token);
            var length = new byte[2];
            await stream.ReadExactlyAsync(length, Token);
            await stream.ReadExactlyAsync(new byte[2 * length[1] + 1], Token);
            await stream.WriteAsync((byte[])[1, 0], Token);
            var request = new byte[5];
            await stream.ReadExactlyAsync(request, Token);
            var host = new byte[request[4] + 2];
            await stream.ReadExactlyAsync(host, Token);
            _asked.Add($"{request[1]:X2} {Encoding.ASCII.GetString(host[..^2])}");
            await stream.WriteAsync(reply, Token);
        }
    }
}
