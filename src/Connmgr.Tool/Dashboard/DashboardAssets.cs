using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>The files of the page, which are embedded in the program.</summary>
internal static class DashboardAssets
{
    private static readonly string[] Shared = ["dashboard.css", "dom.js", "icon.svg"];

    /// <summary>Creates the routes of a page.</summary>
    /// <param name="page">The page, and the scripts that only it has.</param>
    public static IEnumerable<DashboardRoute> Routes(DashboardPage page) =>
        [Create("/", page.File), .. page.Scripts.Concat(Shared).Select(static file => Create($"/{file}", file))];

    private static DashboardRoute Create(string path, string file) => Route(path, GetContentType(file), Read(file));

    private static string GetContentType(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };

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
