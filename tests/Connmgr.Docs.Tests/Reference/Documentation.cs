using System.Reflection;
using System.Text;
using System.Xml.Linq;

namespace Connmgr.Docs.Tests.Reference;

/// <summary>The XML documentation of an assembly, as Markdown.</summary>
internal sealed class Documentation
{
    private readonly Dictionary<string, XElement> _summaries;

    private Documentation(XDocument document) => _summaries = document.Descendants("member")
        .Where(member => member.Element("summary") is not null)
        .ToDictionary(member => (string)member.Attribute("name")!, member => member.Element("summary")!, StringComparer.Ordinal);

    public static Documentation Of(Assembly assembly) =>
        new(XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"), LoadOptions.PreserveWhitespace));

    /// <exception cref="InvalidDataException">It is not documented.</exception>
    public string GetSummary(Type type) => Summary($"T:{type.FullName}", type);

    /// <exception cref="InvalidDataException">It is not documented.</exception>
    public string GetSummary(PropertyInfo property) => Summary($"P:{property.DeclaringType!.FullName}.{property.Name}", property.DeclaringType!);

    private string Summary(string id, Type within)
    {
        var summary = _summaries.GetValueOrDefault(id) ?? throw new InvalidDataException($"{id} has no documentation: write a summary.");
        var text = new StringBuilder();
        Append(text, summary, within);
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static void Append(StringBuilder text, XElement element, Type within)
    {
        foreach (var node in element.Nodes())
        {
            switch (node)
            {
                case XText plain:
                    text.Append(plain.Value);
                    break;
                case XElement { Name.LocalName: "see" or "seealso" } see:
                    text.Append('`').Append((string?)see.Attribute("langword") ?? GetName((string)see.Attribute("cref")!, within)).Append('`');
                    break;
                case XElement { Name.LocalName: "paramref" or "typeparamref" } reference:
                    text.Append('`').Append((string)reference.Attribute("name")!).Append('`');
                    break;
                case XElement { Name.LocalName: "c" } code:
                    text.Append('`').Append(code.Value).Append('`');
                    break;
                case XElement other:
                    text.Append(' ');
                    Append(text, other, within);
                    text.Append(' ');
                    break;
            }
        }
    }

    /// <summary>A reference as one says it: the member alone within its own type.</summary>
    private static string GetName(string reference, Type within)
    {
        var isType = reference.StartsWith("T:", StringComparison.Ordinal);
        var parts = reference[2..].Split('(')[0].Split('.');
        var name = parts[^1].Split('`')[0];
        if (isType || parts.Length < 2)
            return name;
        var type = parts[^2].Split('`')[0];
        if (name is "#ctor")
            return type;
        return type.Equals(within.Name, StringComparison.Ordinal) ? name : $"{type}.{name}";
    }
}
