using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>A route of a dashboard, with its description for the API's document and its handler.</summary>
internal sealed record DashboardRoute
{
    /// <summary>The HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The path, with the names of its parameters in braces.</summary>
    public required string Path { get; init; }

    /// <summary>A description of one sentence.</summary>
    public required string Summary { get; init; }

    public required DashboardRouteAccess Access { get; init; }

    public IReadOnlyList<DashboardParameter> Parameters { get; init; } = [];

    /// <summary>The type of the request's body; null for none.</summary>
    public JsonTypeInfo? Request { get; init; }

    /// <summary>The type of the answer; null when it is not JSON.</summary>
    public JsonTypeInfo? Response { get; init; }

    /// <summary>The content type of the answer.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>The statuses of an answer that is not an error.</summary>
    public IReadOnlyList<int> Statuses { get; init; } = [StatusCodes.Status200OK];

    /// <summary>True when it is also answered in the places of <see cref="DashboardPlaces.Reserved"/>.</summary>
    public bool HasReservedPlaces { get; init; }

    public required RequestDelegate RunAsync { get; init; }

    /// <summary>Creates a route that reads.</summary>
    public static DashboardRoute Get<T>(
        string path, string summary, JsonTypeInfo<T> response, Func<HttpContext, Task<T>> answer, params DashboardParameter[] parameters) => new()
        {
            Method = HttpMethods.Get,
            Path = path,
            Summary = summary,
            Access = DashboardRouteAccess.Read,
            Parameters = parameters,
            Response = response,
            RunAsync = async context => await WriteAsync(context, await answer(context).ConfigureAwait(false), response).ConfigureAwait(false),
        };

    /// <summary>Creates a route that changes something, described by its path.</summary>
    public static DashboardRoute Change<T>(
        string method, string path, string summary, JsonTypeInfo<T> response, Func<HttpContext, Task<T>> answer, params DashboardParameter[] parameters) =>
        Get(path, summary, response, answer, parameters) with { Method = method, Access = DashboardRouteAccess.Change };

    /// <summary>Creates a route that changes something, described by its body.</summary>
    public static DashboardRoute Change<TRequest, T>(
        string method,
        string path,
        string summary,
        JsonTypeInfo<TRequest> request,
        JsonTypeInfo<T> response,
        Func<TRequest, CancellationToken, Task<T>> answer) =>
        Change(method, path, summary, response, async context =>
            await answer(await ReadAsync(context, request).ConfigureAwait(false), context.RequestAborted).ConfigureAwait(false)) with
        {
            Request = request,
        };

    /// <summary>Writes an object as the answer.</summary>
    public static async Task WriteAsync<T>(HttpContext context, T item, JsonTypeInfo<T> typeInfo)
    {
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.BodyWriter, item, typeInfo, context.RequestAborted).ConfigureAwait(false);
    }

    private static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> typeInfo)
    {
        if (!context.Request.HasJsonContentType())
            throw new DashboardException(StatusCodes.Status415UnsupportedMediaType, "notJson", "the body is not JSON: send Content-Type: application/json.");
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, typeInfo, context.RequestAborted).ConfigureAwait(false)
                ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new DashboardException(
                StatusCodes.Status400BadRequest, ControlError.BadArguments, $"the body is not valid: {SafeText.Line(exception.Message)}", exception);
        }
    }
}
