using System.Buffers;
using System.Buffers.Binary;

namespace Connmgr.Bitcoin;

/// <summary>
/// Sends the library's pings to one peer, takes its pongs, ends the connection of a peer that does not keep up, and counts the traffic.
/// <see cref="PeerSweep"/> calls <see cref="Check"/>, never concurrently; <see cref="TakePong"/> is the loop's.
/// </summary>
internal sealed class PeerKeepAlive
{
    private readonly PeerRuntime _runtime;
    private readonly PeerEnd _end;
    private readonly FrameReader _reader;
    private readonly FrameWriter _writer;
    private readonly ReadPauses _pauses;
    private readonly PingSchedule _pings;
    private readonly Func<MessageCommand, ReadOnlyMemory<byte>, CancellationToken, ValueTask> _send;

    private volatile bool _hasBegun; // True once the first ping is sent; the sweep sends the others.

    // The bytes that Traffic already includes. Used by ReportTraffic.
    private long _receivedReported;
    private long _sentReported;

    public PeerKeepAlive(
        PeerRuntime runtime,
        PeerEnd end,
        FrameReader reader,
        FrameWriter writer,
        Func<MessageCommand, ReadOnlyMemory<byte>, CancellationToken, ValueTask> send)
    {
        (_runtime, _end, _reader, _writer, _send) = (runtime, end, reader, writer, send);
        _pauses = reader.ReadPauses!;
        var options = runtime.Options;
        _pings = new(options.TimeProvider, options.PingInterval, options.PongTimeout);
        ReportTraffic(); // The bytes of the handshake count even if the peer never runs.
    }

    /// <summary>The last round trip; null before the first.</summary>
    public TimeSpan? LastRoundTrip => _pings.LastRoundTrip;

    /// <summary>The shortest round trip; null before the first.</summary>
    public TimeSpan? ShortestRoundTrip => _pings.ShortestRoundTrip;

    /// <summary>The callback for each answered ping. Set it before the peer runs.</summary>
    public Action<TimeSpan>? OnRoundTrip { get; set; }

    /// <summary>The task that sends the last ping. While it runs, no other is sent. Set by <see cref="Begin"/>, then under the lock of the sweep.</summary>
    public Task Pinging { get; private set; } = Task.CompletedTask;

    /// <summary>Sends a ping or ends the connection, if due. Does not block or run user code.</summary>
    public void Check(long now)
    {
        ReportTraffic();
        if (_end.HasBegun)
            return;

        if (Overdue(now) is { } violation)
            _ = _end.EndAsync(violation); // The run waits for it.
        else if (_hasBegun && Pinging.IsCompleted && _pings.IsDue(now))
            Pinging = Task.Run(PingAsync);
    }

    /// <summary>Begins a check of the connection, with a ping if none is under way. Thread-safe.</summary>
    public PeerProbe BeginProbe()
    {
        var now = _runtime.Options.TimeProvider.GetTimestamp();
        var probe = new PeerProbe(_reader.BytesReceived, _pauses.Total(now), _hasBegun);
        _runtime.Sweep.Ping(this);
        return probe;
    }

    /// <summary>Determines whether the peer has sent anything since a check began. Thread-safe.</summary>
    /// <returns>
    /// Null if that is not known, because the peer was not read all the time, had not begun, or is still taking what was sent before the ping.
    /// </returns>
    public bool? GetAnswer(in PeerProbe probe)
    {
        if (_reader.BytesReceived > probe.BytesReceived)
            return true;
        if (!Pinging.IsCompleted && _writer.StalledFor < ConnectionChecks.Deadline)
            return null;
        return probe.HasBegun && _pauses.Total(_runtime.Options.TimeProvider.GetTimestamp()) == probe.Waited ? false : null;
    }

    /// <summary>Sends a ping unless one is under way. Called under the lock of the sweep.</summary>
    public void PingEarly()
    {
        if (!_end.HasBegun && _hasBegun && Pinging.IsCompleted && !_pings.IsUnderWay)
            Pinging = Task.Run(PingAsync);
    }

    /// <summary>Begins to send the first ping. From then on the sweep sends one when it is due. Called once, while the peer runs.</summary>
    public void Begin()
    {
        Pinging = PingAsync();
        _hasBegun = true;
    }

    /// <summary>Takes a pong.</summary>
    /// <returns>False if it may answer a ping that the program sent.</returns>
    public bool TakePong(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(ulong))
        {
            // As in Bitcoin Core: the peer's program can't answer correctly, so the ping counts as answered.
            _reader.Ignore(ProtocolViolation.BadPayload);
            _pings.GiveUp();
            return true;
        }

        var nonce = BinaryPrimitives.ReadUInt64LittleEndian(payload);
        if (nonce == 0 && _pings.GiveUp())
            return true;

        if (_pings.OnPong(nonce, _runtime.Options.TimeProvider.GetTimestamp()) is not { } roundTrip)
            return false;

        OnRoundTrip?.Invoke(roundTrip);
        return true;
    }

    /// <summary>
    /// Adds the bytes since the last call to the total. Never called concurrently: first by the constructor, then under the sweep's lock,
    /// then after the removal from the sweep.
    /// </summary>
    public void ReportTraffic()
    {
        var (received, sent) = (_reader.BytesReceived, _writer.BytesSent);
        _runtime.Traffic.Add(received - _receivedReported, sent - _sentReported);
        (_receivedReported, _sentReported) = (received, sent);
    }

    private BitcoinProtocolException? Overdue(long now)
    {
        var options = _runtime.Options;
        if (_pings.IsOverdue(now, _pauses.Total(now)))
            return new(ProtocolViolation.PongTimeout, $"The peer did not answer a ping within {options.PongTimeout}.");

        return _writer.StalledFor >= options.SendTimeout
            ? new(ProtocolViolation.SendTimeout, $"The peer took none of the bytes sent to it for {options.SendTimeout}.")
            : null;
    }

    private async Task PingAsync()
    {
        var nonce = _runtime.Nonces.Next();
        var payload = ArrayPool<byte>.Shared.Rent(sizeof(ulong));
        try
        {
            BinaryPrimitives.WriteUInt64LittleEndian(payload, nonce);
            var now = _runtime.Options.TimeProvider.GetTimestamp();
            _pings.OnSent(nonce, now, _pauses.Total(now));
            await _send(MessageCommand.Ping, payload.AsMemory(0, sizeof(ulong)), CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The connection has ended; RunAsync reports why.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(payload);
        }
    }
}

/// <summary>The state of a connection when a check of it began.</summary>
/// <param name="BytesReceived">The bytes received until then.</param>
/// <param name="Waited">The total time in which the peer was not read.</param>
/// <param name="HasBegun">True if pings could be sent.</param>
internal readonly record struct PeerProbe(long BytesReceived, long Waited, bool HasBegun);
