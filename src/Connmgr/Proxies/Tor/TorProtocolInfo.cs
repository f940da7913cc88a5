namespace Connmgr;

/// <summary>Tor's description of itself before authentication (control-spec 3.21).</summary>
internal sealed record TorProtocolInfo
{
    /// <summary>The ways to authenticate that it takes.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>The path of its cookie; null when it has none.</summary>
    public string? CookieFile { get; init; }

    /// <summary>Its version; null when it does not say.</summary>
    public string? Version { get; init; }

    /// <summary>Reads a reply.</summary>
    /// <exception cref="TorControlException">It does not say how to authenticate.</exception>
    public static TorProtocolInfo Parse(TorReply reply)
    {
        IReadOnlyList<string>? methods = null;
        string? cookieFile = null;
        string? version = null;
        foreach (var line in reply.Lines)
        {
            if (!TorReplyText.TrySplit(line, out var words) || words.Count == 0 || words[0].Value is not null)
                continue;
            foreach (var (key, value) in words)
            {
                switch (words[0].Key, key, value)
                {
                    case ("AUTH", "METHODS", { } list):
                        methods = list.Split(',', StringSplitOptions.RemoveEmptyEntries);
                        break;
                    case ("AUTH", "COOKIEFILE", { } file):
                        cookieFile = TorReplyText.GetPath(file);
                        break;
                    case ("VERSION", "Tor", { } text):
                        version = TorReply.Printable(text);
                        break;
                }
            }
        }

        return methods is null
            ? throw new TorControlException("it does not say how to authenticate; is it a control port of Tor's?")
            : new TorProtocolInfo { Methods = methods, CookieFile = cookieFile, Version = version };
    }
}
