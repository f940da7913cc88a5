using System.Globalization;
using System.Net;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// Writes events as JSON, for <c>run --json</c> and <c>peers watch</c>. docs/guides/run.md is the contract: fields are added to it, never
/// changed.
/// </summary>
internal static class EventJson
{
    /// <summary>Writes an event as one object.</summary>
    public static void Write(Utf8JsonWriter json, ConnectionEvent happened)
    {
        Begin(json, GetName(happened), happened.Time);
        WriteFields(json, happened);
        json.WriteEndObject();
    }

    /// <summary>Starts the object of an event with its name and its time.</summary>
    public static void Begin(Utf8JsonWriter json, string name, DateTimeOffset time)
    {
        json.WriteStartObject();
        json.WriteString("event", name);
        json.WriteString("time", Time(time));
    }

    /// <summary>Formats a time in ISO 8601, in UTC, with milliseconds.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static string GetName(ConnectionEvent happened) => happened switch
    {
        ConnectionEstablished => "connected",
        ConnectionClosed => "disconnected",
        ConnectionMoved => "moved",
        AddressSourcePaused => "sourcePaused",
        EventsDropped => "dropped",
        _ => char.ToLowerInvariant(happened.GetType().Name[0]) + happened.GetType().Name[1..],
    };

    private static void WriteFields(Utf8JsonWriter json, ConnectionEvent happened)
    {
        switch (happened)
        {
            case AttemptStarted started:
                json.WriteNumber("id", started.RequestId);
                json.WriteString("address", AddressText.Format(started.EndPoint));
                json.WriteString("kind", Names.Get(started.Kind));
                break;
            case AttemptFailed failed:
                WriteFailed(json, failed);
                break;
            case ConnectionEstablished established:
                WriteConnected(json, PeerDetails.From(established.Connection), established.Group);
                break;
            case ConnectionMoved moved:
                json.WriteNumber("id", moved.Connection.Id);
                json.WriteString("address", AddressText.Format(moved.Connection.RemoteEndPoint));
                json.WriteString("from", moved.From);
                json.WriteString("to", moved.To);
                break;
            case ConnectionClosed closed:
                json.WriteNumber("id", closed.Connection.Id);
                json.WriteString("address", AddressText.Format(closed.Connection.RemoteEndPoint));
                json.WriteString("direction", Names.Get(closed.Connection.Direction));
                json.WriteString("kind", Names.Get(closed.Connection.Kind));
                json.WriteString("cause", Names.Get(closed.Reason.Cause));
                json.WriteString("reason", EventText.Describe(closed.Reason));
                break;
            case RequestEnded ended:
                json.WriteNumber("id", ended.RequestId);
                json.WriteString("kind", Names.Get(ended.Kind));
                json.WriteString("state", ended.State == ConnectionState.Canceled ? "canceled" : "disconnected");
                break;
            case InboundRefused refused:
                WriteAddress(json, refused.RemoteEndPoint);
                json.WriteString("cause", Names.Get(refused.Cause));
                if (refused.Suppressed > 0)
                    json.WriteNumber("suppressed", refused.Suppressed);
                break;
            case ListenerFailed listener:
                WriteAddress(json, listener.LocalEndPoint);
                json.WriteString("message", SafeText.Line(listener.Exception.Message));
                break;
            case OutageStarted outage:
                json.WriteString("route", outage.Route);
                break;
            case OutageEnded outage:
                json.WriteString("route", outage.Route);
                break;
            case AddressSourcePaused rests:
                json.WriteString("reason", SafeText.Line(rests.Reason));
                break;
            case EventsDropped dropped:
                json.WriteNumber("count", dropped.Count);
                break;
            case LimitsChanged limits:
                json.WriteNumber("target", limits.TargetOutbound);
                WriteLimit(json, "maxInbound", limits.MaxInbound);
                WriteTargets(json, limits.Groups.Select(static group => (group.Name, group.Target)));
                break;
            case FileDescriptorLimitTooLow descriptors:
                json.WriteNumber("limit", descriptors.Limit);
                json.WriteNumber("needed", descriptors.Needed);
                WriteLimit(json, "maxInbound", descriptors.MaxInbound);
                json.WriteNumber("maxHedgedDials", descriptors.MaxHedgedDials);
                break;
            default:
                break; // Its name and time are enough.
        }
    }

    /// <summary>Writes a limit; null for none.</summary>
    public static void WriteLimit(Utf8JsonWriter json, string name, int? limit)
    {
        if (limit is { } value)
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }

    /// <summary>Writes the groups of automatic peers with their numbers.</summary>
    public static void WriteGroups(Utf8JsonWriter json, IEnumerable<GroupItem> groups)
    {
        json.WriteStartArray("groups");
        foreach (var group in groups)
        {
            json.WriteStartObject();
            json.WriteString("name", group.Name);
            json.WriteNumber("target", group.Target);
            json.WriteNumber("connected", group.Connected);
            json.WriteNumber("attempts", group.Attempts);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the names and targets of groups.</summary>
    private static void WriteTargets(Utf8JsonWriter json, IEnumerable<(string Name, int Target)> groups)
    {
        json.WriteStartArray("groups");
        foreach (var (name, target) in groups)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("target", target);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Writes the numbers of addresses in a book, for each network of which it has any.</summary>
    public static void WriteBook(Utf8JsonWriter json, string name, IEnumerable<AddressBookCount> book)
    {
        json.WriteStartObject(name);
        foreach (var (network, heardOf, tried) in book)
        {
            if (heardOf + tried == 0)
                continue;
            json.WriteStartObject(network.ToWord());
            json.WriteNumber("new", heardOf);
            json.WriteNumber("tried", tried);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Writes the members of an address at which others can reach the run.</summary>
    public static void WriteExternalAddress(Utf8JsonWriter json, ExternalAddress address)
    {
        json.WriteString("address", address.EndPoint.ToString());
        json.WriteStartArray("origins");
        foreach (var origin in address.Origins)
            json.WriteStringValue(Names.Get(origin));
        json.WriteEndArray();
        json.WriteNumber("score", address.Score);
    }

    /// <summary>Writes the members of the state of the port mappings.</summary>
    public static void WritePortMapping(Utf8JsonWriter json, PortMappingState state)
    {
        json.WriteStartArray("mappings");
        foreach (var mapping in state.Mappings)
        {
            json.WriteStartObject();
            json.WriteString("method", Names.Get(mapping.Method));
            json.WriteString("gateway", mapping.Gateway.ToString());
            json.WriteString("local", mapping.Local.ToString());
            json.WriteString("external", mapping.External.ToString());
            json.WriteBoolean("public", mapping.IsPublic);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("failures");
        foreach (var failure in state.Failures)
            json.WriteStringValue(SafeText.Line(failure, SafeText.MaxNoticeLength));
        json.WriteEndArray();
    }

    private static void WriteConnected(Utf8JsonWriter json, PeerDetails peer, string? group)
    {
        json.WriteNumber("id", peer.Id);
        json.WriteString("address", peer.Address);
        json.WriteString("direction", Names.Get(peer.Direction));
        json.WriteString("kind", Names.Get(peer.Kind));
        json.WriteString("purpose", Names.Get(peer.Purpose));
        json.WriteString("group", group);
        json.WriteBoolean("onion", peer.IsOnion);
        json.WriteString("userAgent", peer.UserAgent);
        json.WriteString("services", peer.Services);
        json.WriteNumber("height", peer.Height);
        json.WriteNumber("protocolVersion", peer.ProtocolVersion);
        json.WriteString("transport", peer.Transport);
        json.WriteString("sessionId", peer.SessionId);
    }

    private static void WriteFailed(Utf8JsonWriter json, AttemptFailed failed)
    {
        var outcome = failed.Outcome;
        json.WriteNumber("id", outcome.RequestId);
        WriteAddress(json, outcome.EndPoint);
        json.WriteString("kind", Names.Get(failed.Kind));
        json.WriteString("phase", Names.Get(outcome.Phase));
        json.WriteString("cause", Names.Get(outcome.Cause));
        json.WriteNumber("milliseconds", Math.Round(outcome.Duration.TotalMilliseconds, 3));
        json.WriteString("message", outcome.Exception is { } exception ? SafeText.Line(exception.Message) : null);
    }

    private static void WriteAddress(Utf8JsonWriter json, EndPoint? endPoint) =>
        json.WriteString("address", endPoint is null ? null : AddressText.Format(endPoint));
}
