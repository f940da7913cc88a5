using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tool.Tests;

public sealed class ControlSessionTests
{
    private static readonly ControlVerb<PeerArguments, TargetItem> Count =
        new("count", ControlJson.Default.PeerArguments, ControlJson.Default.TargetItem);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Run_Requests_AreAnsweredInOrder()
    {
        using var pair = new ControlPair(_time, Counting(2));
        await pair.SendAsync("{\"id\":1,\"command\":\"count\",\"arguments\":{\"peer\":\"a\"}}\n{\"id\":2,\"command\":\"count\",\"arguments\":{\"peer\":\"b\"}}\n");
        pair.EndInput();
        Assert.Equal(
            [
                """{"protocol":1,"process":1,"network":"sandbox"}""",
                """{"id":1,"item":{"target":0,"previous":1}}""", """{"id":1,"item":{"target":1,"previous":1}}""", """{"id":1,"done":true}""",
                """{"id":2,"item":{"target":0,"previous":1}}""", """{"id":2,"item":{"target":1,"previous":1}}""", """{"id":2,"done":true}""",
            ],
            (await pair.ReadToEndAsync()).Select(line => line.GetRawText()),
            StringComparer.Ordinal);
        await pair.Served;
    }

    [Theory]
    [InlineData("", ControlError.BadRequest, 0)]
    [InlineData("{", ControlError.BadRequest, 0)]
    [InlineData("[]", ControlError.BadRequest, 0)]
    [InlineData("null", ControlError.BadRequest, 0)]
    [InlineData("{\"id\":7}", ControlError.BadRequest, 7)]
    [InlineData("{\"id\":\"7\",\"command\":\"count\"}", ControlError.BadRequest, 0)]
    [InlineData("{\"id\":1,\"id\":2,\"command\":\"count\"}", ControlError.BadRequest, 0)]
    [InlineData("{\"id\":7,\"command\":\"\\u001b[31m\"}", ControlError.UnknownCommand, 7)]
    [InlineData("{\"id\":7,\"command\":\"count\"}", ControlError.BadArguments, 7)]
    [InlineData("{\"id\":7,\"command\":\"count\",\"arguments\":null}", ControlError.BadArguments, 7)]
    [InlineData("{\"id\":7,\"command\":\"count\",\"arguments\":{\"peer\":null}}", ControlError.BadArguments, 7)]
    [InlineData("{\"id\":7,\"command\":\"count\",\"arguments\":{\"peer\":1}}", ControlError.BadArguments, 7)]
    [InlineData("{\"id\":7,\"command\":\"fail\"}", ControlError.Failed, 7)]
    public async Task Run_RequestThatCantBeAnswered_GivesErrorAndGoesOn(string line, string code, long id)
    {
        using var pair = new ControlPair(_time, Counting(1), Failing());
        await pair.SendAsync(line + "\n{\"id\":9,\"command\":\"count\",\"arguments\":{\"peer\":\"a\"}}\n");
        pair.EndInput();
        var lines = await pair.ReadToEndAsync();
        Assert.Equal(id, lines[1].GetProperty("id").GetInt64());
        Assert.Equal(code, lines[1].GetProperty("error").GetProperty("code").GetString());
        var message = lines[1].GetProperty("error").GetProperty("message").GetString()!;
        Assert.NotEmpty(message);
        Assert.DoesNotContain('\e', message);
        Assert.Equal("""{"id":9,"done":true}""", lines[^1].GetRawText());
    }

    [Fact]
    public async Task Run_HandlerWithADefect_GivesErrorAndGoesOn()
    {
        var broken = (Count with { Name = "break" }).HandleOne((_, _) => Task.FromException<TargetItem>(new InvalidOperationException("The path is empty.")));
        using var pair = new ControlPair(_time, broken, Counting(1));
        await pair.SendAsync("{\"id\":7,\"command\":\"break\",\"arguments\":{\"peer\":\"a\"}}\n{\"id\":9,\"command\":\"count\",\"arguments\":{\"peer\":\"a\"}}\n");
        pair.EndInput();
        var lines = await pair.ReadToEndAsync();
        Assert.Equal(7, lines[1].GetProperty("id").GetInt64());
        Assert.Equal(ControlError.Failed, lines[1].GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("The path is empty.", lines[1].GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("""{"id":9,"done":true}""", lines[^1].GetRawText());
        await pair.Served; // And so the run, which waits for it, does not end by it.
    }

    [Fact]
    public async Task Run_AnyBytes_AnswersEachLineAndEnds()
    {
        string[] tokens = ["{\"id\":1,\"command\":\"count\",\"arguments\":{\"peer\":\"a\"}}", "{", "}", "\"", "\n", "\n", "\\u", "id", "1e99", "[[[["];
        var token = Gen.Int[0, tokens.Length - 1].Select(index => Encoding.UTF8.GetBytes(tokens[index]));
        var bytes = Gen.OneOf(Gen.Byte.Array[0, 40], token).Array[0, 12].Select(parts => parts.SelectMany(part => part).ToArray());
        var answers = 0;
        await Gen.Select(bytes, Gen.Int[1, 60]).SampleAsync(
            async (sent, split) =>
            {
                using var pair = new ControlPair(TimeProvider.System, Counting(1));
                for (var at = 0; at < sent.Length; at += split)
                    await pair.SendAsync(sent.AsMemory(at, Math.Min(split, sent.Length - at)));
                pair.EndInput();
                var lines = await pair.ReadToEndAsync();
                await pair.Served;
                var ends = lines.Count(line => line.TryGetProperty("done", out _) || line.TryGetProperty("error", out _));
                Assert.Equal(sent.Count(value => value == '\n'), ends);
                Interlocked.Add(ref answers, lines.Count(line => line.TryGetProperty("done", out _)));
            },
            iter: 2000);
        Assert.NotEqual(0, answers);
    }

    [Fact]
    public async Task Run_LineTooLong_IsToldAndEnds()
    {
        using var pair = new ControlPair(_time, Counting(1));
        await pair.SendAsync(new byte[ControlProtocol.MaxRequestLength + 1]);
        var lines = await pair.ReadToEndAsync();
        Assert.Equal(ControlError.LineTooLong, lines[1].GetProperty("error").GetProperty("code").GetString());
        await pair.Served;
    }

    [Fact]
    public async Task Run_ClientThatSaysNothing_IsLeft()
    {
        var time = new CountingTime();
        using var pair = new ControlPair(time, Counting(1));
        await pair.ReadAsync();
        await Eventually.TrueAsync(() => Task.FromResult(time.Timers == 1));
        time.Advance(ControlProtocol.IdleTimeout - TimeSpan.FromTicks(1));
        await pair.SendAsync("{\"id\":1,\"command\":\"count\",\"arguments\":{\"peer\":\"a\"}}\n");
        Assert.NotNull(await pair.ReadAsync());
        Assert.Equal("""{"id":1,"done":true}""", (await pair.ReadAsync())?.GetRawText());
        await Eventually.TrueAsync(() => Task.FromResult(time.Timers == 2));
        time.Advance(ControlProtocol.IdleTimeout);
        await pair.Served;
    }

    [Fact]
    public async Task Run_ClientThatDoesNotRead_HoldsLittleAndIsLeft()
    {
        var time = new CountingTime();
        var (given, isDisposed) = (0, false);
        using var pair = new ControlPair(time, Count.Handle((_, call) => Endless(call.Aborted)));
        await pair.SendAsync("{\"id\":1,\"command\":\"count\",\"arguments\":{\"peer\":\"a\"}}\n");

        // The second timer is that of the write which has to wait; before it, time that passes would end a client that says nothing.
        await Eventually.TrueAsync(() => time.Timers == 2);
        time.Advance(ControlProtocol.WriteTimeout);
        await pair.Served;
        Assert.True(isDisposed);
        Assert.InRange(given, 100, (2 * ControlPair.Capacity) / "{\"id\":1,\"item\":{\"target\":0,\"previous\":1}}\n".Length);

        async IAsyncEnumerable<TargetItem> Endless([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            try
            {
                for (; ; given++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return new TargetItem(0, 1);
                }
            }
            finally
            {
                isDisposed = true;
                await Task.CompletedTask;
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_InputEnds_EndsWhatHasNoEnd(bool isGone)
    {
        using var pair = new ControlPair(_time, Count.Handle((_, call) => Waiting(call.InputEnded)));
        await pair.SendAsync("{\"id\":1,\"command\":\"count\",\"arguments\":{\"peer\":\"a\"}}\n");
        await pair.ReadAsync();
        Assert.Equal(0, (await pair.ReadAsync())?.GetProperty("item").GetProperty("target").GetInt32());
        if (isGone)
            pair.Leave();
        else
            pair.EndInput();
        await pair.Served;
        if (!isGone)
            Assert.Equal("""{"id":1,"done":true}""", (await pair.ReadAsync())?.GetRawText());

        static async IAsyncEnumerable<TargetItem> Waiting([EnumeratorCancellation] CancellationToken ended)
        {
            yield return new TargetItem(0, 1);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [Fact]
    public async Task Run_StoppedWhileAnswering_Ends()
    {
        using var pair = new ControlPair(_time, Count.HandleOne(async (_, call) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, call.Aborted);
            return new TargetItem(0, 0);
        }));
        await pair.SendAsync("{\"id\":1,\"command\":\"count\",\"arguments\":{\"peer\":\"a\"}}\n");
        await pair.ReadAsync();
        await pair.StopAsync();
        await pair.Served;
        Assert.Null(await pair.ReadAsync());
    }

    [Fact]
    public async Task Invoke_OfClient_GivesItemsAndErrors()
    {
        using var pair = new ControlPair(_time, Counting(3), Failing());
        using var client = await pair.OpenAsync();
        Assert.Equal("sandbox", client.Greeting.Network);
        var items = await client.InvokeAsync(Count, new PeerArguments("a"), CancellationToken.None).ToListAsync();
        Assert.Equal([0, 1, 2], items.Select(item => item.Target));
        var fail = Count with { Name = "fail" };
        var error = await Assert.ThrowsAsync<ToolException>(() => client.InvokeOneAsync(fail, new PeerArguments("a"), CancellationToken.None));
        Assert.Equal("no such luck.", error.Message);
        await pair.StopAsync();
        error = await Assert.ThrowsAsync<ToolException>(() => client.InvokeOneAsync(Count, new PeerArguments("a"), CancellationToken.None));
        Assert.Contains("ended before it answered", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"protocol\":2,\"process\":12,\"network\":\"sandbox\"}\n", "version 2")]
    [InlineData("{\"protocol\":1}\n", "does not understand")]
    [InlineData("SSH-2.0\n", "does not understand")]
    [InlineData("{", "ended before")]
    [InlineData("", "ended before")]
    public async Task OpenAsync_OtherGreeting_SaysWhatToDo(string greeting, string expected)
    {
        var stream = new MemoryStream(Encoding.UTF8.GetBytes(greeting));
        var error = await Assert.ThrowsAsync<ToolException>(() => ControlClient.OpenAsync(stream, _time, CancellationToken.None));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static IControlHandler Counting(int count) => Count.Handle((_, _) => Numbers(count));

    private static Throwing Failing() => new("fail");

    private static async IAsyncEnumerable<TargetItem> Numbers(int count)
    {
        for (var i = 0; i < count; i++)
            yield return new TargetItem(i, 1);
        await Task.CompletedTask;
    }

    private sealed class Throwing(string name) : IControlHandler
    {
        public string Name => name;

        public Task RunAsync(JsonElement arguments, ControlWriter writer, ControlCall call) => throw new ToolException("no such luck.");
    }
}
