using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests;

public sealed class TerminationSignalsTests
{
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT, PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGINT)]
    public void OnSignal_AgainWithinASecond_IsTheSameWish(PosixSignal first, PosixSignal second)
    {
        using var signals = new TerminationSignals(_clock);
        Assert.True(GoesOnAfter(signals, first));
        Assert.True(signals.Token.IsCancellationRequested);
        Assert.True(GoesOnAfter(signals, second));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(GoesOnAfter(signals, second));
    }

    [Theory]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(PosixSignal.SIGINT)]
    public void OnSignal_AgainAfterASecond_EndsTheProcess(PosixSignal second)
    {
        using var signals = new TerminationSignals(_clock);
        GoesOnAfter(signals, PosixSignal.SIGTERM);
        _clock.Advance(TimeSpan.FromMilliseconds(700));
        Assert.True(GoesOnAfter(signals, second)); // Does not restart the second.
        _clock.Advance(TimeSpan.FromMilliseconds(301));
        Assert.False(GoesOnAfter(signals, second));
    }

    private static bool GoesOnAfter(TerminationSignals signals, PosixSignal signal)
    {
        var context = new PosixSignalContext(signal);
        signals.OnSignal(context);
        return context.Cancel;
    }
}
