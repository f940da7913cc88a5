using System.Text.Json;

namespace Connmgr.Tool.Tests;

public sealed class DashboardCommandTests
{
    [Theory]
    [InlineData("--dashboard-remote", "--dashboard", "0.0.0.0:0")]
    [InlineData("--dashboard-remote", "--dashboard", "192.0.2.1:8330")]
    [InlineData("--dashboard-remote", "--dashboard", "[::]:8330")]
    [InlineData("it is a name", "--dashboard", "localhost:8330")]
    [InlineData("it has no port", "--dashboard", "127.0.0.1")]
    [InlineData("only apply with --dashboard", "--dashboard-remote")]
    [InlineData("only apply with --dashboard", "--dashboard-host", "nodes.example.org")]
    public async Task Run_DashboardThatIsNotMeant_IsAUsageError(string hint, params string[] args)
    {
        using var error = new StringWriter();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System); // One that runs all the same is to end.
        Assert.Equal(2, await Tool(TextWriter.Null, error).RunAsync(["run", .. args], deadline.Token));
        Assert.Contains(hint, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithDashboard_ServesItUntilItEnds()
    {
        var directory = Directory.CreateTempSubdirectory("connmgr-dashboard-").FullName;
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            using var output = new SharedWriter();
            using var error = new SharedWriter();
            string[] args = ["run", "--json", "--data-dir", directory, "--dashboard", "127.0.0.1:0"];
            var running = Task.Run(() => Tool(output, error).RunAsync(args, stop.Token));
            string? notice = null;
            await Eventually.TrueAsync(() =>
            {
                Assert.False(running.IsCompleted, error.ToString());
                var text = output.ToString();
                notice = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => JsonElement.Parse(line))
                    .Where(line => line.GetProperty("event").ValueEquals("notice"))
                    .Select(line => line.GetProperty("message").GetString())
                    .FirstOrDefault(message => message!.StartsWith("dashboard: ", StringComparison.Ordinal));
                return Task.FromResult(notice is not null);
            });
            using var client = new HttpClient { BaseAddress = new Uri(notice!.Split(' ')[1]) };
            await Eventually.TrueAsync(async () => JsonElement.Parse(await client.GetByteArrayAsync("api/v1/overview")).GetProperty("health").GetProperty("status").ValueEquals("healthy"));
            await stop.CancelAsync();
            Assert.Equal(0, await running);
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("healthz", TestContext.Current.CancellationToken));
            Assert.False(File.Exists(Path.Combine(directory, DashboardToken.FileName)));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static ToolApp Tool(TextWriter output, TextWriter error) => new(new ToolEnvironment { Out = output, Error = error });
}
