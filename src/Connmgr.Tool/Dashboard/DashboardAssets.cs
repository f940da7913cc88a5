using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>The files of the page, which are embedded in the program.</summary>
internal static class DashboardAssets
{
    private static readonly (string Path, string File, string ContentType)[] Files =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/dashboard.css", "dashboard.css", "text/css; charset=utf-8"),
        ("/dashboard.js", "dashboard.js", "text/javascript; charset=utf-8"),
        ("/charts.js", "charts.js", "text/javascript; charset=utf-8"),
        ("/dom.js", "dom.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "icon.svg", "image/svg+xml"),
    ];

    public static IEnumerable<DashboardRoute> Routes() => Files.Select(file => Route(file.Path, file.ContentType, Read(file.File)));

    private static DashboardRoute Route(string path, string contentType, byte[] content)
    {
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"";
        return new DashboardRoute
        {
            Method = HttpMethods.Get,
            Path = path,
            Summary = "A file of the page.",
            Access = DashboardRouteAccess.Open,
            ContentType = contentType,
            RunAsync = context =>
            {
                context.Response.Headers.ETag = tag;
                context.Response.Headers.CacheControl = "no-cache"; // Revalidated each time, because another version of the program may answer.
                if (context.Request.Headers.IfNoneMatch is [{ } known] && string.Equals(known, tag, StringComparison.Ordinal))
                {
                    context.Response.StatusCode = StatusCodes.Status304NotModified;
                    return Task.CompletedTask;
                }

                context.Response.ContentType = contentType;
                context.Response.ContentLength = content.Length;
                return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
            },
        };
    }

    private static byte[] Read(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"dashboard/{file}")
            ?? throw new InvalidOperationException($"The program was built without '{file}'.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
