using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Telemetry;

public sealed class DnsSeedMetricsTests : IDisposable
{
    private readonly MeterRecorder _recorder = new();

    public void Dispose() => _recorder.Dispose();

    /// <summary>Named as the chain names it: with what is asked of it, each kind of client would make series of its own.</summary>
    [Fact]
    public async Task Seeds_AnsweringAndNot_AreCountedByNameAndOutcome()
    {
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.Zero };
        var chain = ChainParameters.Regtest with { DnsSeeds = [new("good.example", true), new("empty.example", true), new("bad.example", false)] };
        var seeder = new DnsSeeder(chain, new DnsSeederOptions
        {
            Lookup = (host, _) => host switch
            {
                "x409.good.example" => ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Parse("192.0.2.1")]),
                "x409.empty.example" => ValueTask.FromResult<IReadOnlyList<IPAddress>>([]),
                _ => throw new SocketException((int)SocketError.HostNotFound),
            },
            TimeProvider = time,
            MeterFactory = _recorder,
            InstanceName = "test",
        });
        await seeder.SeedAsync(0x409, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1, _recorder.Sum("connmgr.dns_seed.lookups", ("connmgr.dns_seed.host", "good.example"), ("connmgr.outcome", "success"), ("connmgr.instance", "test")));
        Assert.Equal(1, _recorder.Sum("connmgr.dns_seed.lookups", ("connmgr.dns_seed.host", "empty.example"), ("connmgr.outcome", "no_addresses")));
        Assert.Equal(1, _recorder.Sum("connmgr.dns_seed.lookups", ("connmgr.dns_seed.host", "bad.example"), ("connmgr.outcome", "lookup_failed")));
        Assert.Equal(3, _recorder.Sum("connmgr.dns_seed.lookups"));
    }
}
