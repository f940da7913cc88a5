using System.Buffers;
using System.Text;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Writes one JSON object per line. docs/guides/run.md is the contract: fields are added to it, never changed.</summary>
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
        WriteStrings("groups", info.Groups.Select(static group => group.ToString()));
        WriteStrings("permanent", info.Permanent.Select(AddressText.Format));
        WriteStrings("listening", info.Listening.Select(AddressText.Format));
        EventJson.WriteLimit(json, "maxInbound", info.MaxInbound);
    });

    public void Write(ConnectionEvent happened)
    {
        EventJson.Write(_json, happened);
        EndLine();
    }

    public void Refresh(ConnectionManagerSnapshot snapshot, RunFacts facts, RunTally tally)
    {
    }

    public void Seeded(SeedOutcome outcome) => Line("seeded", outcome.Time, json =>
    {
        json.WriteString("kind", Names.Get(outcome.Kind));
        json.WriteString("host", SafeText.Line(outcome.Name));
        json.WriteNumber("addresses", outcome.AddressCount);
        json.WriteString("failure", outcome.Failure == SeedFailure.None ? null : Names.Get(outcome.Failure));
        json.WriteString("message", outcome.Exception is { } exception ? SafeText.Line(exception.Message) : null);
        WriteSeconds("seconds", outcome.Duration);
    });

    public void Quarantined(DateTimeOffset time, AddressQuarantinedEventArgs quarantined) => Line("quarantined", time, json =>
    {
        json.WriteString("address", quarantined.Entry.EndPoint.ToString());
        json.WriteString("cause", Names.Get(quarantined.Cause));
        json.WriteNumber("times", quarantined.Entry.Times);
        json.WriteString("restsUntil", EventJson.Time(quarantined.Entry.RestsUntil));
    });

    public void Tor(DateTimeOffset time, TorState state) => Line("tor", time, json =>
    {
        json.WriteBoolean("connected", state.IsConnected);
        json.WriteString("version", state.Version is { } version ? SafeText.Line(version) : null);
        json.WriteString("proxy", state.SocksProxy is { } proxy ? ProxyEndPoint.Format(proxy) : null);
        json.WriteString("onionService", state.OnionService?.ToString());
        json.WriteString("onionTarget", state.OnionTarget is { } target ? ProxyEndPoint.Format(target) : null);
        json.WriteBoolean("published", state.IsOnionServicePublished);
        json.WriteString("failure", state.Failure is { } failure ? SafeText.Line(failure) : null);
    });

    public void Reachable(DateTimeOffset time, ExternalAddress address, bool isAdded) => Line("externalAddress", time, json =>
    {
        EventJson.WriteExternalAddress(json, address);
        json.WriteBoolean("reachable", isAdded);
    });

    public void I2P(DateTimeOffset time, I2PState state) => Line("i2p", time, json =>
    {
        json.WriteBoolean("connected", state.IsConnected);
        json.WriteString("address", state.Address?.ToString());
        json.WriteString("failure", state.Failure is { } failure ? SafeText.Line(failure) : null);
    });

    public void PortMapping(DateTimeOffset time, PortMappingState state) => Line("portMapping", time, json => EventJson.WritePortMapping(json, state));

    public void Notice(DateTimeOffset time, string text) => Line("notice", time, json => json.WriteString("message", SafeText.Line(text, SafeText.MaxNoticeLength)));

    public void Full(DateTimeOffset time, TimeSpan afterStart) => Line("full", time, json => WriteSeconds("seconds", afterStart));

    public void Reloading(DateTimeOffset time)
    {
    }

    public void Reloaded(DateTimeOffset time, ReloadOutcome outcome) => Line("reloaded", time, json =>
    {
        json.WriteBoolean("succeeded", outcome.Errors.IsEmpty);
        json.WriteStartArray("changes");
        foreach (var change in outcome.Changes)
        {
            json.WriteStartObject();
            json.WriteString("setting", SettingSource.GetKey(change.Option));
            json.WriteString("before", change.Before);
            json.WriteString("after", change.After);
            json.WriteBoolean("needsRestart", change.NeedsRestart);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteStrings("errors", outcome.Errors.Select(error => SafeText.Line(error)));
    });

    public void Stopping(DateTimeOffset time, RunEnd end) => Line("stopping", time, json => json.WriteString("end", Names.Get(end)));

    public void Summarize(RunSummary summary) => Line("summary", summary.Time, json =>
    {
        var tally = summary.Tally;
        json.WriteString("network", summary.Network);
        json.WriteString("end", Names.Get(summary.End));
        json.WriteNumber("dials", tally.Dials);
        json.WriteStartObject("failed");
        foreach (var (cause, count) in tally.Failed)
            json.WriteNumber(Names.Get(cause), count);
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
        WriteStrings("lost", summary.Statistics.LostChanges.Select(lost => SafeText.Line(lost, SafeText.MaxNoticeLength)));
        WriteBook(json, summary.Statistics);
    });

    public void Dispose() => _json.Dispose();

    private void WriteSeconds(string name, TimeSpan? time)
    {
        if (time is { } value)
            _json.WriteNumber(name, Math.Round(value.TotalSeconds, 3));
        else
            _json.WriteNull(name);
    }

    private static void WriteBook(Utf8JsonWriter json, PeerNetworkStatistics statistics)
    {
        EventJson.WriteBook(json, "book", statistics.Book);
        json.WriteNumber("gossiped", statistics.Gossip.Accepted);
        json.WriteNumber("anchors", statistics.Anchors);
        json.WriteNumber("quarantined", statistics.Quarantined);
        json.WriteNumber("replaced", statistics.Replaced);
    }

    private void WriteStrings(string name, IEnumerable<string> values)
    {
        _json.WriteStartArray(name);
        foreach (var value in values)
            _json.WriteStringValue(value);
        _json.WriteEndArray();
    }

    private void Line(string name, DateTimeOffset time, Action<Utf8JsonWriter> fields)
    {
        EventJson.Begin(_json, name, time);
        fields(_json);
        _json.WriteEndObject();
        EndLine();
    }

    /// <summary>Writes the line at once, because a reader may wait for it.</summary>
    private void EndLine()
    {
        _json.Flush();
        _out.Write(Encoding.UTF8.GetString(_buffer.WrittenSpan));
        _out.Write('\n');
        _out.Flush();
        _buffer.ResetWrittenCount();
        _json.Reset();
    }
}
