using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Connmgr.Tool.Tests;

/// <summary>Terminals that are none.</summary>
internal static partial class Screens
{
    public static IAnsiConsole Terminal(TextWriter writer, int width, int height) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.TrueColor,
        Interactive = InteractionSupport.No,
        Out = new FixedOutput(writer, width, height),
    });

    /// <summary>Removes the sequences that the tool itself writes.</summary>
    public static string WithoutSequences(string text) => Sequence().Replace(text, string.Empty);

    [GeneratedRegex("\u001b\\[[?0-9;]*[a-zA-Z]", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Sequence();

    private sealed class FixedOutput(TextWriter writer, int width, int height) : IAnsiConsoleOutput
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
