using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Connmgr.Tool;

/// <summary>
/// Paints frames on a terminal's alternate screen. Each frame is one write, so that it does not flicker, and fits the current size of the
/// terminal. Disposing it restores the terminal.
/// </summary>
internal sealed class TerminalScreen(IAnsiConsole terminal) : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l\e[?7l\e[2J";
    private const string Leave = "\e[?7h\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string Clear = "\e[2J";
    private const string ClearToEndOfLine = "\e[K";
    private const string ClearBelow = "\e[J";

    private string _frame = string.Empty;
    private (int Width, int Height) _size;
    private bool _isEntered;

    /// <summary>Shows a frame, unless it is already shown.</summary>
    /// <param name="frame">Creates the frame for a width and a height. Lines beyond the height are left out.</param>
    public void Paint(Func<int, int, IRenderable> frame)
    {
        var size = (terminal.Profile.Width, terminal.Profile.Height);
        var text = Text(frame, size.Width, size.Height);
        if (_isEntered && size == _size && string.Equals(text, _frame, StringComparison.Ordinal))
            return;
        var begin = !_isEntered ? Enter : size != _size ? Clear : string.Empty;
        (_isEntered, _size, _frame) = (true, size, text);
        Send(begin + Home + text + ClearBelow);
    }

    /// <summary>Restores the terminal, and leaves a line there.</summary>
    /// <param name="line">The line, safe to print.</param>
    public void Close(string line)
    {
        Dispose();
        Send((terminal.Profile.Capabilities.Unicode ? line : AsciiText.Convert(line)) + "\n");
    }

    public void Dispose()
    {
        if (!_isEntered)
            return;
        _isEntered = false;
        Send(Leave);
    }

    private string Text(Func<int, int, IRenderable> frame, int width, int height)
    {
        // The last column stays empty: terminals differ in what they do after writing to it.
        var columns = Math.Max(width - 1, 1);
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = (ColorSystemSupport)Math.Max((int)terminal.Profile.Capabilities.ColorSystem, (int)ColorSystemSupport.NoColors),
            Interactive = InteractionSupport.No,
            Out = new FixedSizeOutput(writer, columns, height),
        });
        console.Write(frame(columns, height));

        var text = new StringBuilder();
        var painted = terminal.Profile.Capabilities.Unicode ? writer.ToString() : AsciiText.Convert(writer.ToString());
        foreach (var line in painted.Split('\n').Take(height))
        {
            if (text.Length > 0)
                text.Append("\r\n");
            text.Append(line.TrimEnd('\r')).Append(ClearToEndOfLine);
        }

        return text.ToString();
    }

    private void Send(string text)
    {
        terminal.Profile.Out.Writer.Write(text);
        terminal.Profile.Out.Writer.Flush();
    }

    private sealed class FixedSizeOutput(TextWriter writer, int width, int height) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => width;

        public int Height => height;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
