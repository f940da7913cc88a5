using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using System.Xml;

namespace Connmgr;

/// <summary>Writes the calls of UPnP (SOAP), and reads the documents of gateways. Without DTD, entities and nesting that a gateway could abuse. Pure.</summary>
internal static class UpnpXml
{
    /// <summary>The greatest length of a document, in bytes.</summary>
    public const int MaxLength = 128 * 1024;

    private const int MaxDepth = 64;
    private const int MaxServices = 4;
    private const int MaxValues = 64;
    private const int MaxTextLength = 1024;
    private const string ServicePrefix = "urn:schemas-upnp-org:service:";

    /// <summary>The services that map ports, the preferred first.</summary>
    private static readonly ImmutableArray<string> ServiceTypes =
        [ServicePrefix + "WANIPConnection:2", ServicePrefix + "WANIPConnection:1", ServicePrefix + "WANPPPConnection:1"];

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MaxLength,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    /// <summary>Reads the services that map ports from the description of a gateway.</summary>
    /// <param name="document">The description.</param>
    /// <param name="location">The address of the description.</param>
    /// <param name="gateway">The gateway. Services at other hosts are left out.</param>
    /// <returns>The services, the preferred first, at most 4.</returns>
    /// <exception cref="XmlException">The document is not valid.</exception>
    public static ImmutableArray<UpnpService> ReadServices(byte[] document, Uri location, IPAddress gateway)
    {
        var (services, baseUri, type, control) = (new List<UpnpService>(), location, string.Empty, string.Empty);
        foreach (var (name, text) in Read(document))
        {
            switch (name)
            {
                case "URLBase" when Uri.TryCreate(text, UriKind.Absolute, out var given):
                    baseUri = given;
                    break;
                case "serviceType":
                    type = text;
                    break;
                case "controlURL":
                    control = text;
                    break;
                case "/service":
                    if (ServiceTypes.Contains(type, StringComparer.Ordinal) && Uri.TryCreate(baseUri, control, out var uri) && UpnpSearch.IsAt(uri, gateway))
                        services.Add(new UpnpService(type, uri));
                    (type, control) = (string.Empty, string.Empty);
                    break;
            }
        }

        return [.. services.OrderBy(static service => ServiceTypes.IndexOf(service.Type)).Take(MaxServices)];
    }

    /// <summary>Writes a call.</summary>
    /// <param name="service">The service.</param>
    /// <param name="action">The name of the action.</param>
    /// <param name="arguments">The names and values of its arguments, in order.</param>
    public static string WriteCall(UpnpService service, string action, params IEnumerable<(string Name, string Value)> arguments)
    {
        var text = new StringBuilder();
        using var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true });
        const string Envelope = "http://schemas.xmlsoap.org/soap/envelope/";
        writer.WriteStartElement("s", "Envelope", Envelope);
        writer.WriteAttributeString("s", "encodingStyle", Envelope, "http://schemas.xmlsoap.org/soap/encoding/");
        writer.WriteStartElement("s", "Body", Envelope);
        writer.WriteStartElement("u", action, service.Type);
        foreach (var (name, value) in arguments)
            writer.WriteElementString(name, value);
        writer.WriteEndElement();
        writer.WriteEndElement();
        writer.WriteEndElement();
        writer.Flush();
        return $"<?xml version=\"1.0\"?>{text}";
    }

    /// <summary>Reads the values of an answer; the error code of a failed call is errorCode.</summary>
    /// <param name="document">The answer.</param>
    /// <returns>The values by their names, at most 64.</returns>
    /// <exception cref="XmlException">The document is not valid.</exception>
    public static IReadOnlyDictionary<string, string> ReadValues(byte[] document)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in Read(document).Where(static each => !each.Name.StartsWith('/')))
        {
            if (values.Count < MaxValues)
                values.TryAdd(name, text);
        }

        return values;
    }

    /// <summary>Gets a number from the values of an answer; null if it has none.</summary>
    public static int? GetNumber(IReadOnlyDictionary<string, string> values, string name) =>
        values.TryGetValue(name, out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Reads the elements with text, and the ends of services.</summary>
    private static IEnumerable<(string Name, string Text)> Read(byte[] document)
    {
        using var stream = new MemoryStream(document, writable: false);
        using var reader = XmlReader.Create(stream, Settings);
        var (name, text) = (string.Empty, string.Empty);
        while (reader.Read())
        {
            if (reader.Depth > MaxDepth)
                throw new XmlException("The document is nested too deeply.");
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    (name, text) = (reader.LocalName, string.Empty);
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA when text.Length + reader.Value.Length <= MaxTextLength:
                    text += reader.Value;
                    break;
                case XmlNodeType.EndElement when string.Equals(reader.LocalName, name, StringComparison.Ordinal):
                    yield return (name, text.Trim());
                    name = string.Empty;
                    break;
                case XmlNodeType.EndElement when reader.LocalName is "service":
                    yield return ("/service", string.Empty);
                    break;
            }
        }
    }
}

/// <summary>A service of a gateway that maps ports. Immutable.</summary>
/// <param name="Type">The type, with its version.</param>
/// <param name="Control">The address of its calls.</param>
internal sealed record UpnpService(string Type, Uri Control)
{
    /// <summary>True when the service can choose the external port.</summary>
    public bool ChoosesPort => Type.EndsWith(":2", StringComparison.Ordinal);
}
