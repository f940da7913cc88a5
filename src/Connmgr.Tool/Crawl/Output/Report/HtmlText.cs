using System.Globalization;
using System.Text;
using System.Xml;

namespace Connmgr.Tool;

/// <summary>
/// Writes HTML in which every text and every attribute is escaped: there is no method for markup but that for the style sheet of this program.
/// </summary>
internal sealed class HtmlText : IDisposable
{
    private readonly StringBuilder _text = new("<!doctype html>\n");
    private readonly XmlWriter _xml;

    public HtmlText() => _xml = XmlWriter.Create(_text, new XmlWriterSettings { OmitXmlDeclaration = true, ConformanceLevel = ConformanceLevel.Fragment });

    /// <summary>Writes an element with content.</summary>
    /// <param name="name">The name of the element.</param>
    /// <param name="attributes">The attributes, each as NAME=VALUE.</param>
    /// <param name="content">Writes the content.</param>
    public void Element(string name, IEnumerable<string> attributes, Action content)
    {
        Begin(name, attributes);
        content();
        _xml.WriteFullEndElement(); // HTML has no short form for an element without content.
    }

    /// <summary>Writes an element with a text.</summary>
    public void Element(string name, IEnumerable<string> attributes, string text) => Element(name, attributes, () => _xml.WriteString(text));

    /// <summary>Writes an element that can't have content, such as meta, or one of SVG.</summary>
    public void Void(string name, params IEnumerable<string> attributes)
    {
        Begin(name, attributes);
        _xml.WriteEndElement();
    }

    /// <summary>Writes a style sheet of this program, unchanged.</summary>
    public void Style(string sheet) => Element("style", [], () => _xml.WriteRaw(sheet));

    /// <summary>Formats a number for an attribute.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    public void Dispose() => _xml.Dispose();

    public override string ToString()
    {
        _xml.Flush();
        return _text.Append('\n').ToString();
    }

    private void Begin(string name, IEnumerable<string> attributes)
    {
        _xml.WriteStartElement(name);
        foreach (var attribute in attributes)
        {
            var separator = attribute.IndexOf('=', StringComparison.Ordinal);
            _xml.WriteAttributeString(attribute[..separator], attribute[(separator + 1)..]);
        }
    }
}
