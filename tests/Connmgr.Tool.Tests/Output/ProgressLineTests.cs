using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests;

public sealed class ProgressLineTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _terminal = new();

    [Fact]
    public void Show_WorkThatIsSoonDone_ShowsNothing()
    {
        using (Begin())
            _time.Advance(TimeSpan.FromMilliseconds(600));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(_terminal.ToString());
    }

    [Fact]
    public void Show_LongWork_IsOneLineThatIsGoneInTheEnd()
    {
        using (var line = Begin())
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.EndsWith("\\r\\e[K\\e[?7l1 s\\e[?7h".Replace("\\r", "\r", StringComparison.Ordinal).Replace("\\e", "\e", StringComparison.Ordinal), _terminal.ToString(), StringComparison.Ordinal);
            line.Clear();
            line.Clear();
            Assert.EndsWith("\e[?7h\r\e[K", _terminal.ToString(), StringComparison.Ordinal);
            _time.Advance(TimeSpan.FromSeconds(2));
            Assert.Contains("3 s", _terminal.ToString(), StringComparison.Ordinal);
        }

        Assert.EndsWith("\e[?7h\r\e[K", _terminal.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', _terminal.ToString());
        var length = _terminal.ToString().Length;
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(length, _terminal.ToString().Length);
    }

    [Fact]
    public async Task Resolve_ATorThatHangs_SaysWhatItWaitsFor()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var stop = new CancellationTokenSource();
        await using var terminal = new SharedWriter();
        var run = new ToolRun { TimeProvider = _time, ErrorTerminal = terminal };
        var running = run.RunAsync(stop.Token, "resolve", "name.example", "--proxy", $"{silent.LocalEndpoint}", "--timeout", "20");
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return Task.FromResult(terminal.ToString().Contains($"asking Tor at {silent.LocalEndpoint}, 1 of at most 20 s ...", StringComparison.Ordinal));
        });
        await stop.CancelAsync();
        Assert.Equal(1, await running);
        Assert.EndsWith("\r\e[K", terminal.ToString(), StringComparison.Ordinal);
    }

    private ProgressLine Begin() =>
        new(new ToolRun { TimeProvider = _time, ErrorTerminal = _terminal }.Environment, elapsed => $"{elapsed.TotalSeconds:0} s");
}
