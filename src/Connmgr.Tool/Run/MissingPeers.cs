using System.Collections.Immutable;

namespace Connmgr.Tool;

/// <summary>Describes the missing peers of a run.</summary>
internal static class MissingPeers
{
    private const int MaxListed = 100;

    /// <summary>Describes the missing peers.</summary>
    /// <param name="snapshot">The state of the connections.</param>
    /// <param name="shortage">The reasons why automatic peers are missing; null when none is.</param>
    /// <param name="tally">The counts of the run.</param>
    /// <returns>One line for the automatic peers and one for each permanent peer; empty when nothing is missing.</returns>
    public static ImmutableArray<string> Find(ConnectionManagerSnapshot snapshot, ConnectionShortage? shortage, RunTally tally) =>
        [.. Automatic(snapshot, shortage, tally), .. Permanent(snapshot, tally).Take(MaxListed)];

    private static IEnumerable<string> Automatic(ConnectionManagerSnapshot snapshot, ConnectionShortage? shortage, RunTally tally)
    {
        if (shortage is not { MissingAutomatic: > 0 and var missing })
            yield break;
        var failed = tally.FailedTotal == 0 ? "none failed" : $"failed: {tally.DescribeFailed()}";
        var why = shortage.Explanation.Length == 0 ? string.Empty : $": {shortage.Explanation}";
        yield return $"{missing} of {snapshot.TargetOutbound} automatic peers{shortage.DescribeGroups()} ({tally.Dials} dials, {failed}){why}";
    }

    private static IEnumerable<string> Permanent(ConnectionManagerSnapshot snapshot, RunTally tally) =>
        from request in snapshot.Requests
        where request is { Kind: ConnectionKind.Permanent, State: not ConnectionState.Established }
        let how = tally.LastFailure(request.Id) is { } last ? Describe(request, last) : "no answer yet"
        select $"permanent peer {AddressText.Format(request.EndPoint)} ({how})";

    private static string Describe(RequestSnapshot request, AttemptOutcome last)
    {
        var phase = last.Phase == ConnectPhase.None ? string.Empty : $"{Names.Get(last.Phase)} ";
        var message = last.Exception is { Message: { Length: > 0 } text } ? $": {SafeText.Line(text)}" : string.Empty;
        return $"attempts: {request.Attempts}, the last one: {phase}{Names.Get(last.Cause)}{message}";
    }
}
