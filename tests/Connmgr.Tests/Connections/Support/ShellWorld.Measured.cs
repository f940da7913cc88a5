namespace Connmgr.Tests.Connections;

/// <content>What the manager measures is what it knows, whatever has happened.</content>
internal sealed partial class ShellWorld
{
    private readonly MeterRecorder _measured = new();

    private void CheckMeasured()
    {
        _manager.Pump(); // So that the snapshot is the only message there is.
        var reply = _manager.GetSnapshotAsync();
        _manager.Pump();
        if (!reply.IsCompletedSuccessfully || !_isStarted || _manager.Completion.IsCompleted)
            return;
#pragma warning disable RS0030, VSTHRD002, VSTHRD103, xUnit1031, VSTHRD104 // It has completed: this thread is the only one.
        var snapshot = reply.GetAwaiter().GetResult();
#pragma warning restore RS0030, VSTHRD002, VSTHRD103, xUnit1031, VSTHRD104
        _measured.Collect();
        foreach (var kind in Enum.GetValues<ConnectionKind>())
        {
            (string, string) tag = ("connmgr.connection.kind", kind switch { ConnectionKind.OneOff => "one_off", _ => $"{kind}".ToLowerInvariant() });
            Same($"established {kind}", snapshot.Count(kind), _measured.Sum("connmgr.connections", tag, ("connmgr.connection.state", "established")));
            Same($"handshaking {kind}", Attempts(kind, ConnectPhase.Handshake), _measured.Sum("connmgr.connections", tag, ("connmgr.connection.state", "handshaking")));
            Same($"dialing {kind}", Attempts(kind, ConnectPhase.Tcp), _measured.Sum("connmgr.dial.in_flight", tag));
        }

        Same("waiting", snapshot.Requests.Length - snapshot.Attempts.Count(NotInbound) - snapshot.Connections.Count(c => c.Connection.Kind != ConnectionKind.Inbound), _measured.Sum("connmgr.dial.queued"));
        Same("target", snapshot.TargetOutbound, _measured.Sum("connmgr.connections.target"));
        foreach (var group in snapshot.Groups)
        {
            Same($"target of {group.Name}", group.Target, _measured.Sum("connmgr.group.target", ("connmgr.group", group.Name)));
            Same($"connected of {group.Name}", group.Connected, _measured.Sum("connmgr.group.connections", ("connmgr.group", group.Name)));
        }

        Same("max inbound", snapshot.MaxInbound ?? 0, _measured.Sum("connmgr.connections.max_inbound"));
        Same("accepted", snapshot.Inbound.Accepted, _measured.Sum("connmgr.inbound.accepted"));
        Same("rejected", snapshot.Inbound.Refusals.Sum(refused => refused.Count), _measured.Sum("connmgr.inbound.rejected"));
        Same("evicted", snapshot.Inbound.Evicted, _measured.Sum("connmgr.evictions"));

        int Attempts(ConnectionKind kind, ConnectPhase phase) => snapshot.Attempts.Count(attempt => attempt.Kind == kind && attempt.Phase == phase);

        static bool NotInbound(AttemptSnapshot attempt) => attempt.Kind != ConnectionKind.Inbound;
    }

    private static void Same(string what, double known, double measured) => Require(known == measured, $"Measured {measured} {what}; there are {known}.");
}
