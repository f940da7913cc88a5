using System.Net;
using CsCheck;

namespace Connmgr.Tests.Connections;

public sealed class DescriptorBudgetTests : IDisposable
{
    private const int Open = 100;

    private readonly TcpConnectionListener _listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));

    public void Dispose() => _listener.Dispose();

    [Theory]
    [InlineData(20_000, false, 1_000, 256)]
    [InlineData(1_404, false, 1_000, 256)] // 100 open, 20 kept back, 16 being accepted, 8 outbound, 4 trials, 256 hedged.
    [InlineData(1_403, true, 999, 256)]
    [InlineData(348, true, 150, 50)]
    [InlineData(148, true, 0, 0)]
    [InlineData(20, true, 0, 0)]
    public void Of_AThousandInbound_LeavesWhatTheLimitAllows(long limit, bool isShort, int maxInbound, int hedged)
    {
        var budget = DescriptorBudget.Create(Options(1_000), limit, Open, dialsTcp: true);
        Assert.Equal((isShort, maxInbound, hedged), (budget.IsShort, budget.MaxInbound!.Value, budget.MaxHedgedDials));
        Assert.Equal(limit < 132, budget.IsTooShort);
    }

    [Fact]
    public void Of_AnyOptions_StaysWithinTheLimitOrIsTooShort() =>
        Gen.Select(Gen.Int[0, 2_000], Gen.Int[0, 500], Gen.Int[0, 500], Gen.Int[0, 300], Gen.Int[0, 20], Gen.Int[50, 4_000], Gen.Bool).Sample((inbound, target, hedged, reserved, trials, limit, dialsTcp) =>
        {
            var options = Options(inbound);
            (options.TargetOutbound, options.MaxHedgedDials, options.ReservedFileDescriptors, options.MaxTrials) = (target, hedged, reserved, trials);
            var budget = DescriptorBudget.Create(options, limit, Open, dialsTcp);
            var fixedPart = Open + reserved + DescriptorBudget.Headroom + (dialsTcp ? target + trials : 0);
            var used = fixedPart + AcceptLoop.MaxUndecided + budget.MaxInbound!.Value + (dialsTcp ? budget.MaxHedgedDials : 0);
            Assert.Equal(fixedPart > limit, budget.IsTooShort);
            Assert.True(used <= limit || budget is { MaxInbound: 0 } && (!dialsTcp || budget.MaxHedgedDials == 0), $"{used} of {limit}");
            Assert.True(budget.MaxInbound <= inbound && budget.MaxHedgedDials <= hedged);
            Assert.Equal(!budget.IsShort, budget.MaxInbound == inbound && budget.MaxHedgedDials == hedged);
        });

    [Fact]
    public void Of_NoInboundLimit_LeavesThatAsItIs() => Assert.Null(DescriptorBudget.Create(Options(null), 20, Open, dialsTcp: true).MaxInbound);

    [Fact]
    public void Of_ATotal_NeedsNoMoreThanThat()
    {
        var options = Options(10_000);
        options.InboundLimits.MaxConnections = 500;
        Assert.False(DescriptorBudget.Create(options, 1_000, Open, dialsTcp: true).IsShort);
    }

    [Fact]
    public void Of_NeitherTcpDialsNorListeners_CountsNoPeers() =>
        Assert.False(DescriptorBudget.Create(new() { MaxInbound = 1_000, GetNewAddress = null, AddressSource = new FakeSource(() => null) }, 150, Open, dialsTcp: false).IsShort);

    [Fact]
    public async Task StartAsync_MoreInboundThanFilesMayBeOpen_LowersTheLimitAndTells()
    {
        Assert.SkipUnless(FileDescriptorUsage.GetCurrent().Limit is < int.MaxValue, "This process may open as many files as it likes.");
        var token = TestContext.Current.CancellationToken;
        await using var manager = new ConnectionManager(Accepting());
        await using var events = manager.WatchAsync(token).GetAsyncEnumerator(token);
        var first = events.MoveNextAsync();

        await manager.StartAsync(token);

        Assert.True(await first);
        while (events.Current is not FileDescriptorLimitTooLow)
            Assert.True(await events.MoveNextAsync());
        var told = (FileDescriptorLimitTooLow)events.Current;
        Assert.True(told.Needed > told.Limit && told.MaxInbound < told.Limit, told.ToString());
        Assert.Equal(told.MaxInbound, (await manager.GetSnapshotAsync(token)).MaxInbound);
        await manager.SetMaxInboundAsync(int.MaxValue, token); // Nor can it be raised later.
        Assert.True((await manager.GetSnapshotAsync(token)).MaxInbound < told.Limit);
    }

    [Fact]
    public async Task StartAsync_TooFewFilesForWhatIsReserved_ThrowsAndMayBeTriedAgain()
    {
        Assert.SkipUnless(FileDescriptorUsage.GetCurrent().Limit is < int.MaxValue, "This process may open as many files as it likes.");
        var options = Accepting();
        options.ReservedFileDescriptors = int.MaxValue;
        await using var manager = new ConnectionManager(options);
        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<FileDescriptorLimitException>(() => manager.StartAsync(TestContext.Current.CancellationToken));
            Assert.True(error.Needed > int.MaxValue && error.Limit < int.MaxValue);
            Assert.Contains($"may open {error.Limit} files and needs at least {error.Needed}: raise the limit (ulimit -n", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task StartAsync_TheLimitWasLoweredBefore_IsNotRaisedAgain()
    {
        Assert.SkipUnless(FileDescriptorUsage.GetCurrent().Limit is < int.MaxValue, "This process may open as many files as it likes.");
        var token = TestContext.Current.CancellationToken;
        await using var manager = new ConnectionManager(Accepting());
        await manager.SetMaxInboundAsync(3, token);

        await manager.StartAsync(token);

        Assert.Equal(3, (await manager.GetSnapshotAsync(token)).MaxInbound);
    }

    [Fact]
    public void Read_OfThisProcess_IsWhatTheSystemSays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is compared with /proc, which Linux has.");
        var line = File.ReadLines("/proc/self/limits").Single(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        var files = FileDescriptorUsage.GetCurrent();
        Assert.Equal(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], files.Limit.ToString());
        Assert.InRange(files.Open, 3, files.Limit!.Value);
    }

    private ConnectionManagerOptions Options(int? maxInbound) => new()
    {
        MaxInbound = maxInbound,
        Listeners = [_listener],
        GetNewAddress = null,
        AddressSource = new FakeSource(() => null),
    };

    private ConnectionManagerOptions Accepting() => new()
    {
        Dial = (_, _) => throw new InvalidOperationException("nothing is dialled"),
        Listeners = [_listener],
        OnAccept = (_, _) => Task.CompletedTask,
        MaxInbound = int.MaxValue,
    };
}
