using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.AspNetCore.Routing;

namespace Connmgr.Tool.Tests;

public sealed class OpenApiTests
{
    [Fact]
    public async Task Document_HasEveryRouteAndNoOther()
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        var served = run.Server.Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}"))
            .Where(route => !IsFile(route))
            .Order(StringComparer.Ordinal)
            .ToList();
        var document = await DocumentAsync(run);
        var documented = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"))
            .Order(StringComparer.Ordinal);
        Assert.Equal(served, documented, StringComparer.Ordinal);
        Assert.True(served.Count > 15, "Routes are missing.");
    }

    [Fact]
    public async Task Answers_AreAsTheirSchemasSay()
    {
        await using var run = await DashboardRun.StartAsync(target: 3, deadShare: 0.5, permanent: [new System.Net.DnsEndPoint("nobody.invalid", 1)]);
        await Eventually.TrueAsync(async () => (await run.GetAsync("/api/v1/overview")).GetProperty("health").GetProperty("automatic").GetInt32() == 3);
        await Eventually.TrueAsync(async () => (await run.GetAsync("/api/v1/history")).GetProperty("points").GetArrayLength() > 1);
        run.Network.Bans.Add(BanTarget.Parse("192.0.2.0/24"), TimeSpan.FromHours(1), BanCause.Manual, "here");
        var document = await DocumentAsync(run);
        var peer = (await run.GetAsync("/api/v1/peers")).GetProperty("items")[0];
        var (id, address) = (peer.GetProperty("id").GetInt64(), peer.GetProperty("address").GetString());
        Dictionary<string, string> bodies = new(StringComparer.Ordinal)
        {
            ["post /api/v1/peers"] = """{"address":"192.0.2.9:1"}""",
            ["put /api/v1/target"] = """{"target":2}""",
            ["post /api/v1/rotate"] = """{"count":1,"seconds":0.01}""",
            ["post /api/v1/bans"] = """{"address":"198.51.100.7","seconds":60}""",
        };
        var answered = 0;
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            // Removing comes last: there is one of each to remove.
            foreach (var (method, operation) in operations!.AsObject().OrderBy(operation => operation.Key is "delete"))
            {
                var url = path.Replace("{id}", $"{id}", StringComparison.Ordinal) + (method is not "delete" ? string.Empty
                    : path.EndsWith("bans", StringComparison.Ordinal) ? "?address=192.0.2.0/24"
                    : path.EndsWith("quarantine", StringComparison.Ordinal) ? "?address=all"
                    : string.Empty);
                if (path.EndsWith("/events", StringComparison.Ordinal) || (path.EndsWith("{id}", StringComparison.Ordinal) && method is "delete"))
                    continue; // No JSON; gone since the disconnect before.
                using var response = await run.SendAsync(method.ToUpperInvariant(), url, bodies.GetValueOrDefault($"{method} {path}"), run.Server.Token);
                var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                var answer = operation!["responses"]![$"{(int)response.StatusCode}"];
                Assert.True(answer is not null, $"{method} {path} ({address}): {response.StatusCode} is not in the document: {text}");
                var content = Assert.Single(answer["content"]!.AsObject());
                Assert.Equal(content.Key, response.Content.Headers.ContentType?.MediaType);
                if (content.Value!["schema"]!["$ref"] is not { } reference)
                    continue;
                AssertValid(document, reference.GetValue<string>(), text, $"{method} {path}");
                answered++;
            }
        }

        Assert.True(answered >= 16, $"Only {answered} answers were checked.");
        using var error = await run.SendAsync("GET", "/api/v1/peers?limit=x");
        AssertValid(document, "#/components/schemas/ControlError", await error.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), "an error");
    }

    [Fact]
    public async Task Schemas_OtherJson_IsNotValid()
    {
        await using var run = await DashboardRun.StartAsync(target: 0);
        var document = await DocumentAsync(run);
        Assert.False(Evaluate(document, "#/components/schemas/BanPage", """{"total":"1","items":[]}""").IsValid);
        Assert.False(Evaluate(document, "#/components/schemas/BanPage", """{"total":1}""").IsValid);
        Assert.True(Evaluate(document, "#/components/schemas/BanPage", """{"total":1,"items":[]}""").IsValid);
    }

    private static bool IsFile(string route) => route is "GET /" || (Path.HasExtension(route) && !route.EndsWith("openapi.json", StringComparison.Ordinal));

    private static async Task<JsonNode> DocumentAsync(DashboardRun run) => JsonNode.Parse((await run.GetAsync("/api/v1/openapi.json")).GetRawText())!;

    private static void AssertValid(JsonNode document, string reference, string json, string what)
    {
        var result = Evaluate(document, reference, json);
        var errors = string.Join("; ", (result.Details ?? []).Where(detail => detail.Errors is not null).SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}")));
        Assert.True(result.IsValid, $"{what}: {errors}: {json}");
    }

    private static EvaluationResults Evaluate(JsonNode document, string reference, string json)
    {
        var name = reference[(reference.LastIndexOf('/') + 1)..];
        var schema = document["components"]!["schemas"]![name]!.ToJsonString();
        return JsonSchema.FromText(schema).Evaluate(JsonElement.Parse(json), new EvaluationOptions { OutputFormat = OutputFormat.List });
    }
}
