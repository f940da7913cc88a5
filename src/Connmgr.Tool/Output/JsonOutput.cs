using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>One JSON object a line. docs/guides/run.md is its contract: fields are added to it, never changed.</summary>
internal sealed class JsonOutput : IRunOutput
{
    private readonly TextWriter _out;
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private readonly Utf8JsonWriter _json;

    public JsonOutput(TextWriter output)
    {
        _out = output;
        _json = new Utf8JsonWriter(_buffer);
    }

    public TimeSpan RefreshInterval => Timeout.InfiniteTimeSpan;

    public void Start(DateTimeOffset time, RunInfo info) => Line("started", time, json =>
    {
        json.WriteString("network", info.Network);
        json.WriteNumber("target", info.Target);
        WriteStrings("permanent", info.Permanent.Select(AddressText.Of));
        WriteStrings("listening", info.Listening.Select(AddressText.Of));
        if (info.MaxInbound is { } maxInbound)
            json.WriteNumber("maxInbound", maxInbound);
        else
            json.WriteNull("maxInbound");
    });

    public void Write(ConnectionEvent happened)
    {
        switch (happened)
        {
            case AttemptStarted started:
                Line("attemptStarted", started.Time, json =>
                {
                    json.WriteNumber("id", started.RequestId);
                    json.WriteString("address", AddressText.Of(started.EndPoint));
                    json.WriteString("kind", Names.Of(started.Kind));
                });
                break;
            case AttemptFailed failed:
                Line("attemptFailed", failed.Time, _ => WriteFailed(failed));
                break;
            case ConnectionEstablished established:
                Line("connected", established.Time, _ => WriteConnected(PeerFacts.Of(established.Connection)));
                break;
            case ConnectionClosed closed:
                Line("disconnected", closed.Time, json =>
                {
                    json.WriteNumber("id", closed.Connection.Id);
                    json.WriteString("address", AddressText.Of(closed.Connection.RemoteEndPoint));
                    json.WriteString("direction", Names.Of(closed.Connection.Direction));
                    json.WriteString("kind", Names.Of(closed.Connection.Kind));
                    json.WriteString("cause", Names.Of(closed.Reason.Cause));
                    json.WriteString("reason", EventText.Of(closed.Reason));
                });
                break;
            case RequestEnded ended:
                Line("requestEnded", ended.Time, json =>
                {
                    json.WriteNumber("id", ended.RequestId);
                    json.WriteString("kind", Names.Of(ended.Kind));
                    json.WriteString("state", ended.State == ConnectionState.Canceled ? "canceled" : "disconnected");
                });
                break;
            case InboundRefused refused:
                Line("inboundRefused", refused.Time, json =>
                {
                    WriteAddress(refused.RemoteEndPoint);
                    json.WriteString("cause", Names.Of(refused.Cause));
                });
                break;
            case ListenerFailed listener:
                Line("listenerFailed", listener.Time, json =>
                {
                    WriteAddress(listener.LocalEndPoint);
                    json.WriteString("message", SafeText.Line(listener.Exception.Message));
                });
                break;
            case OutageBegan outage:
                Line("outageBegan", outage.Time, json => json.WriteString("route", outage.Route));
                break;
            case OutageEnded outage:
                Line("outageEnded", outage.Time, json => json.WriteString("route", outage.Route));
                break;
            case AddressSourceRests rests:
                Line("sourceRests", rests.Time, json => json.WriteString("reason", SafeText.Line(rests.Reason)));
                break;
            case EventsDropped dropped:
                Line("dropped", dropped.Time, json => json.WriteNumber("count", dropped.Count));
                break;
            default:
                Line(char.ToLowerInvariant(happened.GetType().Name[0]) + happened.GetType().Name[1..], happened.Time, static _ => { });
                break;
        }
    }

    public void Refresh(ConnectionManagerSnapshot snapshot, RunTally tally)
    {
    }

    public void Full(DateTimeOffset time, TimeSpan afterStart) => Line("full", time, json => WriteSeconds("seconds", afterStart));

    public void Stopping(DateTimeOffset time, RunEnd end) => Line("stopping", time, json => json.WriteString("end", Names.Of(end)));

    public void Summarize(RunSummary summary) => Line("summary", summary.Time, json =>
    {
        var tally = summary.Tally;
        json.WriteString("network", summary.Network);
        json.WriteString("end", Names.Of(summary.End));
        json.WriteNumber("dials", tally.Dials);
        json.WriteStartObject("failed");
        foreach (var (cause, count) in tally.Failed)
            json.WriteNumber(Names.Of(cause), count);
        json.WriteEndObject();
        json.WriteNumber("canceled", tally.Canceled);
        json.WriteNumber("connected", tally.Connected);
        json.WriteNumber("disconnected", tally.Disconnected);
        json.WriteNumber("inboundRefused", tally.InboundRefused);
        json.WriteNumber("dropped", tally.Dropped);
        WriteSeconds("seconds", summary.Duration);
        json.WriteBoolean("full", summary.TimeToFull is not null);
        WriteSeconds("secondsToFull", summary.TimeToFull);
        WriteStrings("missing", summary.Missing);
    });

    public void Dispose() => _json.Dispose();

    private void WriteConnected(PeerFacts peer)
    {
        _json.WriteNumber("id", peer.Id);
        _json.WriteString("address", peer.Address);
        _json.WriteString("direction", Names.Of(peer.Direction));
        _json.WriteString("kind", Names.Of(peer.Kind));
        _json.WriteString("userAgent", peer.UserAgent);
        _json.WriteString("services", peer.Services);
        _json.WriteNumber("height", peer.Height);
        _json.WriteNumber("protocolVersion", peer.ProtocolVersion);
    }

    private void WriteFailed(AttemptFailed failed)
    {
        var outcome = failed.Outcome;
        _json.WriteNumber("id", outcome.RequestId);
        WriteAddress(outcome.EndPoint);
        _json.WriteString("kind", Names.Of(failed.Kind));
        _json.WriteString("phase", Names.Of(outcome.Phase));
        _json.WriteString("cause", Names.Of(outcome.Cause));
        _json.WriteNumber("milliseconds", Math.Round(outcome.Duration.TotalMilliseconds, 3));
        _json.WriteString("message", outcome.Exception is { } exception ? SafeText.Line(exception.Message) : null);
    }

    private void WriteAddress(EndPoint? endPoint) => _json.WriteString("address", endPoint is null ? null : AddressText.Of(endPoint));

    private void WriteSeconds(string name, TimeSpan? time)
    {
        if (time is { } value)
            _json.WriteNumber(name, Math.Round(value.TotalSeconds, 3));
        else
            _json.WriteNull(name);
    }

    private void WriteStrings(string name, IEnumerable<string> values)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
            _json.WriteStringValue(value);
        _json.WriteEndArray();
    }

    /// <summary>Writes one line, and hands it on at once: whoever reads may wait for it.</summary>
    private void Line(string name, DateTimeOffset time, Action<Utf8JsonWriter> fields)
    {
        _json.WriteStartObject();
        _json.WriteString("event", name);
        _json.WriteString("time", time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        fields(_json);
        _json.WriteEndObject();
        _json.Flush();
        _out.Write(Encoding.UTF8.GetString(_buffer.WrittenSpan));
        _out.Write('\n');
        _out.Flush();
        _buffer.ResetWrittenCount();
        _json.Reset();
    }
}
