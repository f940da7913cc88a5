using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Connmgr.Docs.Tests.Language;

/// <summary>The prose of a C# file: XML documentation, comments, and string literals that hold more than one word.</summary>
internal sealed partial class SourceProse : CSharpSyntaxWalker
{
    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Preview, DocumentationMode.Parse);

    private readonly List<Violation> _violations = [];
    private readonly SyntaxTree _tree;

    private SourceProse(SyntaxTree tree)
        : base(SyntaxWalkerDepth.StructuredTrivia) => _tree = tree;

    /// <summary>Finds the violations of a file.</summary>
    public static IReadOnlyList<Violation> Check(string source)
    {
        var tree = CSharpSyntaxTree.ParseText(source, Parsing);
        var prose = new SourceProse(tree);
        prose.Visit(tree.GetRoot());
        return prose._violations;
    }

    public override void VisitTrivia(SyntaxTrivia trivia)
    {
        if (trivia.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia)
            CheckWords(CodeSpans().Replace(trivia.ToString(), Blank), trivia.SpanStart);
        base.VisitTrivia(trivia);
    }

    public override void VisitToken(SyntaxToken token)
    {
        if (token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
                or SyntaxKind.InterpolatedStringTextToken or SyntaxKind.Utf8StringLiteralToken
            && Sentence().IsMatch(token.Text))
        {
            CheckWords(CodeSpans().Replace(token.Text, Blank), token.SpanStart);
        }

        base.VisitToken(token);
    }

    public override void VisitDocumentationCommentTrivia(DocumentationCommentTriviaSyntax node)
    {
        foreach (var element in node.Content.OfType<XmlElementSyntax>())
        {
            var name = element.StartTag.Name.LocalName.Text;
            if (name is not ("summary" or "returns" or "param"))
                continue;
            var (word, position) = FirstWord(element);
            if (SummaryForm.Judge(word, name is "summary" ? GetSubject(node.ParentTrivia.Token.Parent) : Subject.Other) is { } reason)
                _violations.Add(new(GetLine(position), $"<{name}> {reason}"));
        }

        CheckWords(DocumentationMarkup().Replace(node.ToFullString(), Blank), node.FullSpan.Start);
    }

    /// <summary>Finds the first word of an element, and where it is; an empty one when the element begins with code.</summary>
    private static (string Word, int Position) FirstWord(XmlElementSyntax element)
    {
        foreach (var node in element.DescendantNodes(static node => node is XmlElementSyntax { StartTag.Name.LocalName.Text: not ("c" or "see") }))
        {
            switch (node)
            {
                case XmlEmptyElementSyntax { Name.LocalName.Text: "see" } see when see.Attributes.ToString() is "langword=\"true\"":
                    return ("true", see.SpanStart);
                case XmlEmptyElementSyntax { Name.LocalName.Text: "see" or "paramref" or "typeparamref" } or XmlElementSyntax { StartTag.Name.LocalName.Text: "c" or "see" }:
                    return ("", node.SpanStart);
                case XmlTextSyntax text when text.TextTokens.FirstOrDefault(static token => !string.IsNullOrWhiteSpace(token.ValueText)) is { RawKind: not 0 } token:
                    return (FirstWordPattern().Match(token.ValueText).Groups["word"].Value, token.SpanStart);
            }
        }

        return ("", element.SpanStart);
    }

    private static Subject GetSubject(SyntaxNode? node)
    {
        var declaration = node?.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().FirstOrDefault();
        return declaration switch
        {
            BaseMethodDeclarationSyntax => Subject.Method,
            PropertyDeclarationSyntax { Type: PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.BoolKeyword } } => Subject.Switch,
            BasePropertyDeclarationSyntax and not EventDeclarationSyntax => Subject.Property,
            _ => Subject.Other,
        };
    }

    private void CheckWords(string text, int start)
    {
        foreach (var (position, words) in WordList.Find(LineStarts().Replace(text, Blank)))
            _violations.Add(new(GetLine(start + position), $"'{string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}'"));
    }

    private int GetLine(int position) => _tree.GetLineSpan(new(position, 0)).StartLinePosition.Line + 1;

    private static string Blank(Match match) => NotNewLine().Replace(match.Value, " ");

    [GeneratedRegex(@"[^\n]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotNewLine();

    [GeneratedRegex(@"^\s*///", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LineStarts();

    [GeneratedRegex("`[^`\n]*`", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeSpans();

    [GeneratedRegex(@"<(?<tag>c|code)>.*?</\k<tag>>|<[^<>]*>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DocumentationMarkup();

    [GeneratedRegex(@"[a-z] |\s[a-z]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"^\s*(?<word>[\p{L}][\p{L}\p{Nd}_'-]*)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FirstWordPattern();
}

/// <summary>A place that breaks a rule of language.</summary>
/// <param name="Line">Counted from 1.</param>
/// <param name="Reason">The rule that it breaks.</param>
internal readonly record struct Violation(int Line, string Reason);
