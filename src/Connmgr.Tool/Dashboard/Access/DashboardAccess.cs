using System.Net;

namespace Connmgr.Tool;

/// <summary>
/// Decides who may send which requests to a dashboard: pure rules. The danger is a browser on the same machine: pages of other sites can
/// make it send requests here. So the host must be the dashboard's (against DNS rebinding: a name of another site that leads to 127.0.0.1),
/// the requesting page must be the dashboard's (against cross-site requests), and a change needs a token that no other page knows. Design D-3.
/// </summary>
/// <param name="settings">The settings of the dashboard.</param>
/// <param name="token">The token.</param>
internal sealed class DashboardAccess(DashboardSettings settings, DashboardToken token)
{
    private const string Bearer = "Bearer ";

    /// <summary>Judges a request.</summary>
    /// <param name="request">The facts about the request.</param>
    /// <returns>The refusal; null when the request is allowed.</returns>
    public DashboardRefusal? Judge(in DashboardRequest request)
    {
        if (!IsOurHost(request.Host))
        {
            return new(
                421, "wrongHost", $"the host '{Safe(request.Host)}' is not a host of this dashboard: use its address, or start the run with --dashboard-host.");
        }

        if (IsFromElsewhere(request))
            return new(403, "wrongOrigin", "the request comes from a page of another site: use the dashboard's own page, or send no Origin.");
        if (!NeedsToken(request) || (request.Authorization is { } given && IsOurToken(given)))
            return null;
        return request.Authorization is null
            ? new(401, "tokenMissing", "this needs the token: send it as 'Authorization: Bearer TOKEN'. The run printed its place at the start.")
            : new(401, "tokenWrong", "the token does not belong to this run: each run has a new one. The run printed its place at the start.");
    }

    private bool NeedsToken(in DashboardRequest request) => request.Access switch
    {
        DashboardRouteAccess.Open => false,
        DashboardRouteAccess.Read => settings.IsRemote,
        _ => true,
    };

    /// <summary>Determines whether a host is the dashboard's. An address always may be: rebinding needs a name.</summary>
    private bool IsOurHost(string? host)
    {
        if (GetName(host) is not { } name)
            return false;
        return IPAddress.TryParse(name, out var address)
            ? settings.IsRemote || DashboardSettings.IsLoopback(address)
            : string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase) || settings.Hosts.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    private static bool IsFromElsewhere(in DashboardRequest request)
    {
        // A link on another site may lead to the page, whose data the other site can't see.
        if (request is { IsNavigation: true, Access: DashboardRouteAccess.Open, IsSafeMethod: true })
            return false;
        if (request.FetchSite is { } site && site is not ("same-origin" or "none"))
            return true;
        if (request.Origin is not { } origin)
            return false;
        return !Uri.TryCreate(origin, UriKind.Absolute, out var from) || !from.Scheme.StartsWith("http", StringComparison.Ordinal)
            || !string.Equals(Authority(request.Host), Authority(from.Authority), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Gets HOST:PORT without the default port of http or https, which a proxy may add or leave out.</summary>
    private static string? Authority(string? host) => host switch
    {
        not null when host.EndsWith(":80", StringComparison.Ordinal) => host[..^3],
        not null when host.EndsWith(":443", StringComparison.Ordinal) => host[..^4],
        _ => host,
    };

    private static string? GetName(string? host)
    {
        if (string.IsNullOrEmpty(host))
            return null;
        if (host[0] == '[')
            return host.IndexOf(']', StringComparison.Ordinal) is > 1 and var close && IsPort(host.AsSpan(close + 1)) ? host[1..close] : null;
        var colon = host.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? host : IsPort(host.AsSpan(colon)) ? host[..colon] : null;
    }

    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.IsEmpty || (text[0] == ':' && text.Length is > 1 and <= 6 && text[1..].IndexOfAnyExceptInRange('0', '9') < 0);

    private bool IsOurToken(string authorization) =>
        authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && token.Matches(authorization[Bearer.Length..].Trim());

    private static string Safe(string? text) => SafeText.Line(text ?? string.Empty, maxLength: 64);
}
