using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Connmgr.Tool.Tests;

public sealed class EventStreamTests
{
    private readonly CountingTime _time = new();
    private readonly Channel<int> _events = Channel.CreateUnbounded<int>();
    private readonly CancellationTokenSource _ended = new();
    private int _taken;
    private bool _isDisposed;

    [Fact]
    public async Task Write_Events_AreOneDataLineEachInOrder()
    {
        var pipe = new Pipe();
        for (var i = 0; i < 3; i++)
            await _events.Writer.WriteAsync(i, TestContext.Current.CancellationToken);
        _events.Writer.Complete();
        await EventStream.WriteAsync(EventsAsync(_ended.Token), pipe.Writer, _time, _ended);
        await pipe.Writer.CompleteAsync();
        Assert.Equal("data: {\"n\":0}\n\ndata: {\"n\":1}\n\ndata: {\"n\":2}\n\n", await ReadToEndAsync(pipe.Reader));
        Assert.True(_isDisposed);
    }

    [Fact]
    public async Task Write_Silence_IsBrokenByRemarks()
    {
        var pipe = new Pipe();
        var writing = EventStream.WriteAsync(EventsAsync(_ended.Token), pipe.Writer, _time, _ended);
        for (var i = 0; i < 3; i++)
        {
            // A timer for each silence, and none for the writing of a remark, which does not wait. One that is not there yet would not be set off.
            var timers = i + 1;
            await Eventually.TrueAsync(() => _time.Timers >= timers);
            _time.Advance(EventStream.Silence);
            Assert.Equal(": nothing new\n\n", await ReadAsync(pipe.Reader));
        }

        await _events.Writer.WriteAsync(7, TestContext.Current.CancellationToken);
        Assert.Equal("data: {\"n\":7}\n\n", await ReadAsync(pipe.Reader));
        _events.Writer.Complete();
        await writing;
    }

    [Fact]
    public async Task Write_ClientThatDoesNotRead_IsGivenUpAndCostsOneEvent()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        for (var i = 0; i < 1000; i++)
            await _events.Writer.WriteAsync(i, TestContext.Current.CancellationToken);
        var writing = EventStream.WriteAsync(EventsAsync(_ended.Token), pipe.Writer, _time, _ended);
        Assert.False(writing.IsCompleted);
        Assert.Equal(1, _taken); // The others wait where their number is bounded.
        _time.Advance(ControlProtocol.WriteTimeout);
        await Assert.ThrowsAsync<TimeoutException>(() => writing);
        Assert.True(_isDisposed);
        Assert.Equal(1, _taken);
    }

    [Fact]
    public async Task Write_Ended_EndsWhileNothingHappens()
    {
        var writing = EventStream.WriteAsync(EventsAsync(_ended.Token), new Pipe().Writer, _time, _ended);
        await _ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        Assert.True(_isDisposed);
    }

    private async IAsyncEnumerable<JsonElement> EventsAsync([EnumeratorCancellation] CancellationToken ended)
    {
        try
        {
            await foreach (var number in _events.Reader.ReadAllAsync(ended))
            {
                _taken++;
                yield return JsonElement.Parse($"{{\"n\":{number}}}");
            }
        }
        finally
        {
            _isDisposed = true;
        }
    }

    private static async Task<string> ReadAsync(PipeReader reader)
    {
        var result = await reader.ReadAsync(TestContext.Current.CancellationToken);
        var text = Encoding.UTF8.GetString(result.Buffer);
        reader.AdvanceTo(result.Buffer.End);
        return text;
    }

    private static async Task<string> ReadToEndAsync(PipeReader reader)
    {
        using var text = new StreamReader(reader.AsStream());
        return await text.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
