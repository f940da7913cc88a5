using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests.Run;

public sealed class MemoryReturnTests
{
    private readonly FakeTimeProvider _time = new();
    private long _memory = 50_000_000;
    private long _inUse = 40_000_000;
    private int _collections;

    [Fact]
    public async Task Look_MemoryGrowsAndIsNotUsed_IsCollectedOnce()
    {
        await using var memory = new MemoryReturn(_time, () => _memory, Collect);
        _time.Advance(10 * MemoryReturn.Period);
        Assert.Equal(0, _collections);
        _memory += MemoryReturn.MinGrowth;
        _time.Advance(10 * MemoryReturn.Period);
        Assert.Equal((1, _inUse), (_collections, _memory));
    }

    [Fact]
    public async Task Look_MemoryIsInUse_IsNotCollectedTimeAndAgain()
    {
        await using var memory = new MemoryReturn(_time, () => _memory, Collect);
        _time.Advance(MemoryReturn.Period);
        (_inUse, _memory) = (500_000_000, 510_000_000);
        _time.Advance(100 * MemoryReturn.Period);
        Assert.Equal(1, _collections);
    }

    private void Collect()
    {
        _collections++;
        _memory = _inUse;
    }
}
