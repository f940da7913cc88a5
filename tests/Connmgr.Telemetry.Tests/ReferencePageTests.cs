using Connmgr.Bitcoin;
using Connmgr.Fleet;
using Connmgr.Telemetry.Tests.Catalog;

namespace Connmgr.Telemetry.Tests;

/// <summary>The reference page, and the code that it is made from.</summary>
public class ReferencePageTests
{
    private static string Path => Repository.GetPath(ReferencePage.File);

    [Fact]
    public async Task Page_IsWhatTheCodeSays()
    {
        using var recorder = await AllInstrumentsAsync();
        Assert.True(
            string.Equals(ReferencePage.Make(recorder.Instruments), await File.ReadAllTextAsync(Path, TestContext.Current.CancellationToken), StringComparison.Ordinal),
            $"{ReferencePage.File} and the code differ: run eng/update-docs.sh, and look at what changed.");
    }

    [Fact]
    public async Task Catalog_HasEveryInstrument()
    {
        using var recorder = await AllInstrumentsAsync();
        Assert.Equal(
            recorder.Instruments.Keys.Order(StringComparer.Ordinal),
            MetricCatalog.Instruments.Select(static info => info.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Instruments_AreNamedAndDescribed()
    {
        using var recorder = await AllInstrumentsAsync();
        Assert.All(recorder.Instruments.Values, static instrument =>
        {
            Assert.StartsWith("connmgr.", instrument.Name, StringComparison.Ordinal);
            Assert.Equal(instrument.Name.ToLowerInvariant(), instrument.Name);
            Assert.EndsWith(".", instrument.Description, StringComparison.Ordinal);
            Assert.NotEmpty(PrometheusName.Of(instrument)); // The unit is one of those known.
            Assert.Equal(ConnmgrTelemetry.MeterName, instrument.Meter.Name);
        });
    }

    [Fact]
    public void Tags_OfInstrumentsAndSpans_AreAllExplained()
    {
        Assert.Equal(
            MetricCatalog.Instruments.SelectMany(static info => info.Tags.Concat(info.Optional)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            MetricCatalog.Tags.Select(static tag => tag.Key).Order(StringComparer.Ordinal));
        Assert.Equal(
            SpanCatalog.Spans.SelectMany(static info => info.Tags.Concat(info.Optional)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            SpanCatalog.Tags.Select(static tag => tag.Key).Order(StringComparer.Ordinal));
    }

    /// <summary>Writes what the first test compares. Run by eng/update-docs.sh alone.</summary>
    [Fact(Explicit = true)]
    public async Task Page_IsWritten()
    {
        using var recorder = await AllInstrumentsAsync();
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        await File.WriteAllTextAsync(Path, ReferencePage.Make(recorder.Instruments), TestContext.Current.CancellationToken);
    }

    /// <summary>A network that runs, a crawler and a fleet have them all.</summary>
    internal static async Task<MeterRecorder> AllInstrumentsAsync()
    {
        var recorder = new MeterRecorder();
        await using var network = new PeerNetwork(new()
        {
            Chain = ChainParameters.Regtest with { DnsSeeds = [new("seed.example", false)] },
            Lookup = static (_, _) => ValueTask.FromResult<IReadOnlyList<System.Net.IPAddress>>([]),
            MeterFactory = recorder,
            ReachableNetworks = AddressNetworks.None,
        });
        await network.StartAsync(TestContext.Current.CancellationToken);
        _ = new NetworkCrawler(new() { Chain = ChainParameters.Regtest, MeterFactory = recorder });
        await using var fleet = FleetConnection.Create(new() { Redis = "127.0.0.1:1", MeterFactory = recorder }); // Where there is no server.
        return recorder;
    }
}
