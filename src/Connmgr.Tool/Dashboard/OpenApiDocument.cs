using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>
/// The document of the API (OpenAPI 3.1). It is created from the routes and the types of their answers, so it can't be out of date.
/// </summary>
internal static class OpenApiDocument
{
    private const string Path = "/api/v1/openapi.json";
    private const string Json = "application/json";

    /// <summary>Creates the route of the document, which is also part of the document.</summary>
    public static DashboardRoute GetRoute(IEnumerable<DashboardRoute> routes)
    {
        var document = new Lazy<string>(() => Create([.. routes, Own(_ => Task.CompletedTask)]).ToJsonString());
        return Own(context =>
        {
            context.Response.ContentType = Json;
            return context.Response.WriteAsync(document.Value, context.RequestAborted);
        });
    }

    private static DashboardRoute Own(RequestDelegate run) => new()
    {
        Method = HttpMethods.Get,
        Path = Path,
        Summary = "This document.",
        Access = DashboardRouteAccess.Open,
        RunAsync = run,
    };

    private static JsonObject Create(IReadOnlyList<DashboardRoute> routes)
    {
        var schemas = new JsonObject();
        var paths = new JsonObject();
        foreach (var route in routes)
        {
            if (paths[route.Path] is not JsonObject path)
                paths[route.Path] = path = [];
            path[route.Method.ToLowerInvariant()] = Operation(route, schemas);
        }

        Reference(DashboardJson.Default.ControlError, schemas);
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "connmgr",
                ["version"] = "1",
                ["description"] = "The API of connmgr with --dashboard. Fields and paths are added to this version, never changed.",
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject { ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
            },
        };
    }

    private static JsonObject Operation(DashboardRoute route, JsonObject schemas)
    {
        var operation = new JsonObject
        {
            ["summary"] = route.Summary,
            ["operationId"] = $"{route.Method.ToLowerInvariant()} {route.Path}",
            ["responses"] = Responses(route, schemas),
        };
        if (route.Access == DashboardRouteAccess.Change)
            operation["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() });
        else if (route.Access == DashboardRouteAccess.Read)
            operation["security"] = new JsonArray(new JsonObject(), new JsonObject { ["token"] = new JsonArray() }); // Needed when other machines can reach the dashboard.
        if (route.Parameters.Count > 0)
            operation["parameters"] = new JsonArray([.. route.Parameters.Select(Parameter)]);
        if (route.Request is { } request)
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content(Json, Reference(request, schemas)) };
        return operation;
    }

    private static JsonObject Responses(DashboardRoute route, JsonObject schemas)
    {
        var responses = new JsonObject();
        foreach (var status in route.Statuses)
        {
            responses[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["description"] = route.Summary,
                ["content"] = Content(route.ContentType, route.Response is { } response ? Reference(response, schemas) : []),
            };
        }

        responses["default"] = new JsonObject
        {
            ["description"] = "The error: what happened, the value, and the remedy.",
            ["content"] = Content(Json, Reference(DashboardJson.Default.ControlError, schemas)),
        };
        return responses;
    }

    private static JsonObject Content(string type, JsonObject schema) => new() { [type] = new JsonObject { ["schema"] = schema } };

    private static JsonNode Parameter(DashboardParameter parameter)
    {
        var schema = new JsonObject { ["type"] = parameter.Max is null ? "string" : "integer" };
        if (parameter.Max is { } max)
            (schema["minimum"], schema["maximum"], schema["default"]) = (0, max, parameter.Default);
        if (parameter.Choices.Count > 0)
            schema["enum"] = new JsonArray([.. parameter.Choices.Select(choice => (JsonNode)choice)]);
        return new JsonObject
        {
            ["name"] = parameter.Name,
            ["in"] = parameter.IsInPath ? "path" : "query",
            ["required"] = parameter.IsRequired,
            ["description"] = parameter.Description,
            ["schema"] = schema,
        };
    }

    /// <summary>Creates a reference to the schema of a type, and the schema if this is its first reference.</summary>
    private static JsonObject Reference(JsonTypeInfo type, JsonObject schemas)
    {
        var name = type.Type.Name;
        if (!schemas.ContainsKey(name))
            schemas[name] = type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true });
        return new JsonObject { ["$ref"] = $"#/components/schemas/{name}" };
    }
}
