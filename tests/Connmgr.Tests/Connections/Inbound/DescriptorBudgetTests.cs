using System.Net;

namespace Connmgr.Tests.Connections;

public class DescriptorBudgetTests
{
    [Theory]
    [InlineData(20_000, false, 1_000)]
    [InlineData(1_190, false, 1_000)] // 150 kept back, 8 outbound, 32 attempts.
    [InlineData(1_189, true, 999)]
    [InlineData(256, true, 66)]
    [InlineData(20, true, 0)]
    public void Of_AThousandInbound_LeavesWhatTheLimitAllows(long limit, bool isShort, int maxInbound)
    {
        var budget = DescriptorBudget.Of(new() { MaxInbound = 1_000, GetNewAddress = null, AddressSource = new FakeSource(() => null) }, limit);
        Assert.Equal((isShort, maxInbound), (budget.IsShort, budget.MaxInbound));
    }

    [Fact]
    public void Of_NoInboundLimit_LeavesThatAsItIs() => Assert.Null(DescriptorBudget.Of(new(), 20).MaxInbound);

    [Fact]
    public void Of_ATotal_NeedsNoMoreThanThat() =>
        Assert.False(DescriptorBudget.Of(new() { MaxInbound = 10_000, InboundLimits = new() { MaxConnections = 500 } }, 1_000).IsShort);

    [Fact]
    public async Task StartAsync_MoreInboundThanFilesMayBeOpen_LowersTheLimitAndTells()
    {
        Assert.SkipUnless(DescriptorBudget.ReadLimit() is < int.MaxValue, "This process may open as many files as it likes.");
        var token = TestContext.Current.CancellationToken;
        var listener = TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        await using var manager = new ConnectionManager(new()
        {
            Dial = (_, _) => throw new InvalidOperationException("nothing is dialled"),
            Listeners = [listener],
            OnAccept = (_, _) => Task.CompletedTask,
            MaxInbound = int.MaxValue,
        });
        await using var events = manager.WatchAsync(token).GetAsyncEnumerator(token);
        var first = events.MoveNextAsync();

        await manager.StartAsync(token);

        Assert.True(await first);
        while (events.Current is not DescriptorsShort)
            Assert.True(await events.MoveNextAsync());
        var told = (DescriptorsShort)events.Current;
        Assert.True(told.Needed > told.Limit && told.MaxInbound < told.Limit, told.ToString());
        Assert.Equal(told.MaxInbound, (await manager.GetSnapshotAsync(token)).MaxInbound);
    }

    [Fact]
    public async Task StartAsync_TheLimitWasLoweredBefore_IsNotRaisedAgain()
    {
        Assert.SkipUnless(DescriptorBudget.ReadLimit() is < int.MaxValue, "This process may open as many files as it likes.");
        var token = TestContext.Current.CancellationToken;
        await using var manager = new ConnectionManager(new()
        {
            Dial = (_, _) => throw new InvalidOperationException("nothing is dialled"),
            Listeners = [TcpConnectionListener.Listen(new IPEndPoint(IPAddress.Loopback, 0))],
            OnAccept = (_, _) => Task.CompletedTask,
            MaxInbound = int.MaxValue,
        });
        await manager.SetMaxInboundAsync(3, token);

        await manager.StartAsync(token);

        Assert.Equal(3, (await manager.GetSnapshotAsync(token)).MaxInbound);
    }

    [Fact]
    public void ReadLimit_OfThisProcess_IsThatOfTheShell()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is compared with /proc, which Linux has.");
        var line = File.ReadLines("/proc/self/limits").Single(static line => line.StartsWith("Max open files", StringComparison.Ordinal));
        Assert.Equal(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], DescriptorBudget.ReadLimit().ToString());
    }
}
