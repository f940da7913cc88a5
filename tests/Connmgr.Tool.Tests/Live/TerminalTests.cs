using System.Net;
using System.Net.Sockets;

namespace Connmgr.Tool.Tests;

/// <summary>The program in a real terminal.</summary>
public sealed class TerminalTests
{
    private const string Run = "run --network sandbox";

    [Fact]
    public async Task Run_Resized_ShowsWhatFits_AndGivesTheTerminalBack()
    {
        Assert.SkipUnless(Tmux.IsPresent, "There is no tmux.");
        await using var terminal = await Tmux.StartAsync(100, 30, "LC_ALL=C.UTF-8", Run);
        var screen = await terminal.UntilAsync(text => text.Contains("automatic 8/8", StringComparison.Ordinal));
        Assert.Contains("User agent", screen, StringComparison.Ordinal);
        Assert.Contains("── Events (UTC) ──", screen, StringComparison.Ordinal);
        foreach (var (width, height) in new[] { (40, 20), (60, 10), (40, 6), (20, 3), (100, 30) })
        {
            await terminal.ResizeAsync(width, height);
            screen = await terminal.UntilAsync(text => Lines(text) is var lines
                && lines.Count == Math.Min(height, 30)
                && lines[0].StartsWith(" connmgr", StringComparison.Ordinal)
                && lines[1].StartsWith("  automatic 8/8", StringComparison.Ordinal)
                && lines.TrueForAll(line => line.Length < width)
                && text.Contains("Address ", StringComparison.Ordinal) == height >= 6
                && text.Contains("User agent", StringComparison.Ordinal) == width >= 80);
        }

        await terminal.SendAsync("C-c");
        screen = await terminal.UntilAsync(text => text.Contains("ended with 0", StringComparison.Ordinal));
        Assert.DoesNotContain("Address ", screen, StringComparison.Ordinal); // That was the alternate screen.
        Assert.Contains("stopped after", screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM=dumb")]
    [InlineData("-u TERM")]
    public async Task Run_OnATerminalWithoutACursor_WritesLines(string variables)
    {
        Assert.SkipUnless(Tmux.IsPresent, "There is no tmux.");
        await using var terminal = await Tmux.StartAsync(160, 50, variables, Run + " --until-full");
        var screen = await terminal.UntilAsync(text => text.Contains("ended with 0", StringComparison.Ordinal));
        Assert.Matches("(?m)^20[0-9-]+T[0-9:.]+Z full after", screen);
        Assert.DoesNotContain('\e', await terminal.ScreenAsync(withSequences: true));
    }

    [Fact]
    public async Task Run_NoColour_HasNone()
    {
        Assert.SkipUnless(Tmux.IsPresent, "There is no tmux.");
        await using var terminal = await Tmux.StartAsync(100, 20, "NO_COLOR=1", Run);
        await terminal.UntilAsync(text => text.Contains("connected", StringComparison.Ordinal));
        var sequences = await terminal.ScreenAsync(withSequences: true);
        Assert.DoesNotMatch("\e\\[[0-9;]*(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]", sequences);
        await using var coloured = await Tmux.StartAsync(100, 20, "TERM=xterm-256color", Run);
        await coloured.UntilAsync(text => text.Contains("connected", StringComparison.Ordinal));
        Assert.Matches("\e\\[[0-9;]*(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]", await coloured.ScreenAsync(withSequences: true));
    }

    [Theory]
    [InlineData("LC_ALL=C")]
    [InlineData("-u LC_ALL -u LC_CTYPE -u LANG")]
    [InlineData("-u LC_ALL LC_CTYPE=de_DE.ISO-8859-1 LANG=C.UTF-8")]
    public async Task Run_ALocaleWithoutUtf8_IsAscii(string variables)
    {
        Assert.SkipUnless(Tmux.IsPresent, "There is no tmux.");
        await using var terminal = await Tmux.StartAsync(60, 20, variables, Run);
        var screen = await terminal.UntilAsync(text => text.Contains("automatic 8/8", StringComparison.Ordinal));
        Assert.True(System.Text.Ascii.IsValid(screen), screen);
        Assert.Contains("-- Peers ", screen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_ATorThatHangs_IsToldUntilItEnds()
    {
        Assert.SkipUnless(Tmux.IsPresent, "There is no tmux.");
        using var silent = Silent();
        await using var terminal = await Tmux.StartAsync(160, 10, "TERM=screen", $"resolve name.example --proxy {silent.LocalEndpoint} --timeout 60");
        await terminal.UntilAsync(text => text.Contains($"asking Tor at {silent.LocalEndpoint}", StringComparison.Ordinal));
        await terminal.SendAsync("C-c");
        var screen = await terminal.UntilAsync(text => text.Contains("ended with 1", StringComparison.Ordinal));
        Assert.DoesNotContain("asking Tor", screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TERM=dumb")]
    [InlineData("-u TERM")]
    public async Task Resolve_OnATerminalWithoutACursor_SaysNothingUntilItEnds(string variables)
    {
        Assert.SkipUnless(Tmux.IsPresent, "There is no tmux.");
        using var silent = Silent();
        await using var terminal = await Tmux.StartAsync(160, 10, variables, $"resolve name.example --proxy {silent.LocalEndpoint} --timeout 3");
        await terminal.UntilAsync(text =>
        {
            Assert.DoesNotContain("asking Tor", text, StringComparison.Ordinal);
            return text.Contains("ended with 1", StringComparison.Ordinal);
        });
    }

    /// <summary>Listens at a port that accepts connections and sends nothing.</summary>
    private static TcpListener Silent()
    {
        var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        return silent;
    }

    private static List<string> Lines(string screen) => [.. screen.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
}
