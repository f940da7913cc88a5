using System.Collections.Frozen;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Connmgr.Tool.Tests;

/// <summary>A session of a run in this process, and the other side of its stream.</summary>
internal sealed class ControlPair : IDisposable
{
    /// <summary>The bytes that are buffered for the client before the writer has to wait.</summary>
    public const int Capacity = 32 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Pipe _requests = new();
    private readonly Pipe _replies;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ControlSession _session;
    private readonly TwoWayStream _served;
    private readonly TwoWayStream _client;
    private StreamReader? _lines;

    public ControlPair(TimeProvider timeProvider, params IEnumerable<IControlHandler> handlers)
        : this(timeProvider, Capacity, handlers)
    {
    }

    public ControlPair(TimeProvider timeProvider, int capacity, IEnumerable<IControlHandler> handlers)
    {
        _replies = new(new PipeOptions(pauseWriterThreshold: capacity, resumeWriterThreshold: (capacity + 1) / 2, useSynchronizationContext: false));
        var greeting = new ControlGreeting(ControlProtocol.Version, 1, "sandbox");
        _served = new TwoWayStream(_requests.Reader.AsStream(), _replies.Writer.AsStream());
        _session = new ControlSession(_served, greeting, handlers.ToFrozenDictionary(handler => handler.Name, StringComparer.Ordinal), timeProvider);
        _client = new TwoWayStream(_replies.Reader.AsStream(), _requests.Writer.AsStream());
        Served = ServeAsync();
    }

    /// <summary>The number of writes that the session has started.</summary>
    public int Writes => _served.Writes;

    /// <summary>A task that completes when the session ends.</summary>
    public Task Served { get; }

    /// <summary>Opens a client of the run, instead of writing lines directly.</summary>
    public Task<ControlClient> OpenAsync() => ControlClient.OpenAsync(_client, TimeProvider.System, CancellationToken.None);

    public async Task SendAsync(string text) => await SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _client.WriteAsync(bytes);

    /// <summary>Sends no more.</summary>
    public void EndInput() => _requests.Writer.Complete();

    /// <summary>Reads no more: writing fails from here on.</summary>
    public void Leave()
    {
        EndInput();
        _replies.Reader.Complete();
    }

    /// <summary>Reads the next line of the run; null at the end.</summary>
    public async Task<JsonElement?> ReadAsync()
    {
        _lines ??= new StreamReader(_client);
        return await _lines.ReadLineAsync().WaitAsync(Patience, TimeProvider.System) is { } line ? JsonElement.Parse(line) : null;
    }

    /// <summary>Reads the lines up to the end.</summary>
    public async Task<IReadOnlyList<JsonElement>> ReadToEndAsync()
    {
        var lines = new List<JsonElement>();
        while (await ReadAsync() is { } line)
            lines.Add(line);
        return lines;
    }

    /// <summary>Ends the run.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    public void Dispose()
    {
        _session.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        await _session.RunAsync(_stopping.Token);
        await _replies.Writer.CompleteAsync();
        await _requests.Reader.CompleteAsync();
    }

    private sealed class TwoWayStream(Stream input, Stream output) : AsyncOnlyStream
    {
        private int _writes;

        public int Writes => Volatile.Read(ref _writes);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _writes);
            return output.WriteAsync(buffer, cancellationToken);
        }
    }
}
