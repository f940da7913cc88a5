using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class RunFilesTests
{
    private const int Open = 85;

    /// <summary>As in the connection manager.</summary>
    private const int DescriptorHeadroom = 20;

    [Fact]
    public void Of_ManyFiles_ServesAsManyClientsAsUsual()
    {
        var files = RunFiles.Compute(new FileDescriptorUsage(1_024, Open), hasDashboard: true, hasControl: true, outbound: 8);
        Assert.Equal((DashboardPlaces.DefaultMax, ControlProtocol.MaxClients), (files.DashboardPlaces, files.ControlClients));
        Assert.Equal(files, RunFiles.Compute(new FileDescriptorUsage(Limit: null, Open), hasDashboard: true, hasControl: true, outbound: 8));
        Assert.Equal(0, RunFiles.Compute(new FileDescriptorUsage(1_024, Open), hasDashboard: false, hasControl: false, outbound: 8).Reserved);
    }

    [Theory]
    [InlineData(200, true, "leave --dashboard out")]
    [InlineData(110, false, "lower --target")]
    public void Of_TooFewFiles_SaysHowManyItTakes(int limit, bool hasDashboard, string remedy)
    {
        var error = Assert.Throws<ToolException>(() => RunFiles.Compute(new FileDescriptorUsage(limit, Open), hasDashboard, hasControl: true, outbound: 8));
        Assert.Contains($"may open {limit} files and needs at least ", error.Message, StringComparison.Ordinal);
        Assert.Contains("ulimit -n 1024", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"Or {remedy}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AnyLimit_LeavesRoomForTheOutboundPeersBesideTheClients() =>
        Gen.Select(Gen.Int[20, 2_000], Gen.Bool, Gen.Bool, Gen.Int[0, 500]).Sample((limit, hasDashboard, hasControl, outbound) =>
        {
            try
            {
                var files = RunFiles.Compute(new FileDescriptorUsage(limit, Open), hasDashboard, hasControl, outbound);
                Assert.True(Open + outbound + files.Reserved + DescriptorHeadroom <= limit, $"{files} of {limit}");
                Assert.Equal((hasDashboard, hasControl), (files.DashboardPlaces >= 8, files.ControlClients >= 2));
            }
            catch (ToolException)
            {
                Assert.True(limit < Open + outbound + 200);
            }
        });
}
