using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>
/// The state and the events of a run, in the form of <c>run --json</c>, for clients of the control socket and of the dashboard.
/// Thread-safe.
/// </summary>
/// <param name="manager">The run's manager.</param>
/// <param name="info">The facts about the run that are known at its start.</param>
/// <param name="facts">Gets the facts about the run other than its connections. Thread-safe.</param>
/// <param name="rate">Rates a peer. Thread-safe.</param>
internal sealed class RunWatch(ConnectionManager manager, RunInfo info, Func<RunFacts> facts, Func<BitcoinPeer, PeerRating> rate)
{
    public IEnumerable<IControlHandler> Handlers =>
    [
        PeerVerbs.Snapshot.Handle((_, call) => SnapshotAsync(call.Aborted)),
        PeerVerbs.Watch.Handle((_, call) => WatchAsync(call.InputEnded)),
    ];

    /// <summary>Returns a <c>snapshot</c>, and a <c>peer</c> for each peer.</summary>
    private async IAsyncEnumerable<JsonElement> SnapshotAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var snapshot = await manager.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var peers = PeerItems.From(snapshot, rate).ToList();
        yield return Element(json =>
        {
            EventJson.Begin(json, "snapshot", snapshot.Time);
            json.WriteString("network", info.Network);
            json.WriteNumber("target", snapshot.TargetOutbound);
            EventJson.WriteLimit(json, "maxInbound", snapshot.MaxInbound);
            foreach (var kind in Enum.GetValues<ConnectionKind>())
                json.WriteNumber(Names.Get(kind), snapshot.Count(kind));
            EventJson.WriteGroups(json, GroupItem.From(snapshot));
            json.WriteNumber("dialing", snapshot.Attempts.Length);
            json.WriteBoolean("full", snapshot.IsFull);
            json.WriteBoolean("outage", snapshot.IsOutage);
            json.WriteNumber("peers", peers.Count);
            WriteFacts(json, facts());
            json.WriteEndObject();
        });
        foreach (var peer in peers)
        {
            yield return Element(json =>
            {
                EventJson.Begin(json, "peer", snapshot.Time);
                foreach (var property in JsonSerializer.SerializeToElement(peer, ControlJson.Default.PeerItem).EnumerateObject())
                    property.WriteTo(json);
                json.WriteEndObject();
            });
        }
    }

    /// <summary>
    /// Returns a <c>snapshot</c> with its peers, and then events. A client that falls behind gets one <c>dropped</c> with the count, and a
    /// snapshot.
    /// </summary>
    /// <param name="ended">Ends the watch.</param>
    public async IAsyncEnumerable<JsonElement> WatchAsync([EnumeratorCancellation] CancellationToken ended)
    {
        var events = manager.WatchAsync(ended).GetAsyncEnumerator(CancellationToken.None);
        var next = events.MoveNextAsync().AsTask(); // Watch from here on, so that nothing is missing after the snapshot.
        try
        {
            await foreach (var item in SnapshotAsync(ended).ConfigureAwait(false))
                yield return item;
            while (await HasNextAsync(next).ConfigureAwait(false))
            {
                var happened = events.Current;
                next = events.MoveNextAsync().AsTask();
                if (happened is not EventsDropped dropped)
                {
                    yield return Element(json => EventJson.Write(json, happened));
                    continue;
                }

                // The rest of the buffer is older than the snapshot that follows.
                var count = dropped.Count;
                while (next.IsCompleted && await HasNextAsync(next).ConfigureAwait(false))
                {
                    count += events.Current is EventsDropped more ? more.Count : 1;
                    next = events.MoveNextAsync().AsTask();
                }

                yield return Element(json => EventJson.Write(json, new EventsDropped(dropped.Time, count)));
                await foreach (var item in SnapshotAsync(ended).ConfigureAwait(false))
                    yield return item;
            }
        }
        finally
        {
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // An enumerator must not be disposed while it moves.
            await events.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void WriteFacts(Utf8JsonWriter json, RunFacts facts)
    {
        EventJson.WriteBook(json, "addresses", facts.Book);
        json.WriteNumber("quarantined", facts.Quarantined);
        json.WriteNumber("bans", facts.Bans);
        json.WriteStartObject("seeding");
        json.WriteNumber("asked", facts.Seeds.Length);
        json.WriteNumber("answered", facts.SeedsAnswered);
        json.WriteNumber("addresses", facts.Seeds.Sum(seed => seed.AddressCount));
        json.WriteEndObject();
        json.WriteString("onionAddress", facts.Tor?.OnionService?.ToString());
        if (facts.ClockOffset is { } offset)
            json.WriteNumber("clockOffsetSeconds", Math.Round(offset.TotalSeconds));
        else
            json.WriteNull("clockOffsetSeconds");
        json.WriteStartArray("externalAddresses");
        foreach (var own in facts.ExternalAddresses)
        {
            json.WriteStartObject();
            EventJson.WriteExternalAddress(json, own);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("i2pAddress", facts.I2P?.Address?.ToString());
        if (facts.PortMapping is { } ports)
        {
            json.WriteStartObject("portMapping");
            EventJson.WritePortMapping(json, ports);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("portMapping");
        }
    }

    private static async Task<bool> HasNextAsync(Task<bool> next)
    {
        try
        {
            return await next.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static JsonElement Element(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        write(json);
        json.Flush();
        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
