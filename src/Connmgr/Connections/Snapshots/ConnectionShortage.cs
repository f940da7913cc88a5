using System.Collections.Immutable;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// The missing connections and the reasons, for health checks, live views and logs. Derived from a snapshot alone, so it is valid for that
/// moment, whatever happened before. Immutable.
/// </summary>
public sealed class ConnectionShortage
{
    private ConnectionShortage()
    {
    }

    /// <summary>The number of automatic connections that are missing.</summary>
    public int MissingAutomatic { get; private init; }

    /// <summary>The groups that lack connections, in their order; empty for a manager without named groups.</summary>
    public ImmutableArray<GroupSnapshot> Groups { get; private init; } = [];

    /// <summary>The number of permanent connections that are missing.</summary>
    public int MissingPermanent { get; private init; }

    /// <summary>The reasons; several may hold at once.</summary>
    public ShortageReasons Reasons { get; private init; }

    /// <summary>The reasons in words, as a part of a sentence; empty if none is known.</summary>
    public string Explanation { get; private init; } = string.Empty;

    /// <summary>Determines the missing connections of a manager.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="sourceReasons">
    /// The reasons that the address source knows. They count while automatic connections are missing and none is being dialled;
    /// <see cref="ShortageReasons.NoI2PSession"/> always, and <see cref="ShortageReasons.SourceUnavailable"/> while automatic ones are missing.
    /// </param>
    /// <returns>The shortage; null if nothing is missing or the manager has stopped.</returns>
    public static ConnectionShortage? FromSnapshot(ConnectionManagerSnapshot snapshot, ShortageReasons sourceReasons = ShortageReasons.None)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (snapshot.IsStopped || snapshot.IsFull)
            return null;
        var automatic = Math.Max(0, snapshot.WantedAutomatic - snapshot.Count(ConnectionKind.Automatic));
        var permanent = snapshot.Requests.Count(static request => request is { Kind: ConnectionKind.Permanent, State: not ConnectionState.Established });
        var reasons = GetReasons(snapshot, automatic, permanent, sourceReasons);
        return new ConnectionShortage
        {
            MissingAutomatic = automatic,
            Groups = automatic == 0 || snapshot.Groups is [{ Name: GroupSet.DefaultName }]
                ? []
                : [.. snapshot.Groups.Where(static group => group.Connected < group.Target)],
            MissingPermanent = permanent,
            Reasons = reasons,
            Explanation = string.Join("; ", Words(snapshot, reasons)),
        };
    }

    /// <summary>Returns the shortage and its reasons in a sentence.</summary>
    /// <returns>The sentence.</returns>
    public override string ToString()
    {
        var missing = (MissingAutomatic, MissingPermanent) switch
        {
            (var automatic, 0) => Number(automatic, "automatic peer"),
            (0, var permanent) => Number(permanent, "permanent peer"),
            var (automatic, permanent) => $"{Number(automatic, "automatic peer")} and {Number(permanent, "permanent peer")}",
        };
        return $"{missing} {(MissingAutomatic + MissingPermanent == 1 ? "is" : "are")} missing{DescribeGroups()}{(Explanation.Length == 0 ? string.Empty : $": {Explanation}")}.";

        static string Number(int count, string what) => FormattableString.Invariant($"{count} {what}{(count == 1 ? string.Empty : "s")}");
    }

    /// <summary>Returns the groups that lack connections in words, such as " (filters 3 of 5)"; empty without named groups.</summary>
    internal string DescribeGroups() => Groups.IsEmpty
        ? string.Empty
        : $" ({string.Join(", ", Groups.Select(static group => FormattableString.Invariant($"{group.Name} {group.Connected} of {group.Target}")))})";

    private static ShortageReasons GetReasons(ConnectionManagerSnapshot snapshot, int automatic, int permanent, ShortageReasons ofSource)
    {
        if (snapshot.IsSuspended)
            return ShortageReasons.NetworkSuspended;
        var reasons = permanent > 0 ? ShortageReasons.MissingPermanent : ShortageReasons.None;
        reasons |= ofSource & ShortageReasons.NoI2PSession; // Whatever else is being dialled.
        if (snapshot.IsOutage)
            reasons |= ShortageReasons.NetworkOutage;
        if (snapshot.MaxConnections < GetWanted(snapshot))
            reasons |= ShortageReasons.ConnectionLimit;
        if (automatic == 0)
            return reasons;
        if (!snapshot.HasAddressSource)
            return reasons | ShortageReasons.NoAddressSource;
        if (ofSource.HasFlag(ShortageReasons.SourceUnavailable))
            return reasons | ShortageReasons.SourceUnavailable; // Nothing that was refused before explains more.
        if (snapshot.Attempts.Any(static attempt => attempt.Kind == ConnectionKind.Automatic))
            return reasons;
        foreach (var refusals in snapshot.AddressRefusals)
            reasons |= GetReason(refusals.Cause);
        reasons |= ofSource;
        return snapshot is { IsSourceEmpty: true, AddressRefusals.IsEmpty: true } && ofSource == ShortageReasons.None ? reasons | ShortageReasons.NoAddresses : reasons;
    }

    private static ShortageReasons GetReason(ConnectFailureCause cause) => cause switch
    {
        ConnectFailureCause.GateRefused => ShortageReasons.Excluded,
        ConnectFailureCause.RecentlyTried => ShortageReasons.RecentlyTried,
        ConnectFailureCause.NetgroupLimit => ShortageReasons.NetgroupLimit,
        ConnectFailureCause.DuplicateAddress => ShortageReasons.DuplicateAddress,
        ConnectFailureCause.NetworkOutage => ShortageReasons.NetworkOutage,
        _ => ShortageReasons.None,
    };

    private static IEnumerable<string> Words(ConnectionManagerSnapshot snapshot, ShortageReasons reasons)
    {
        var looked = snapshot.AddressRefusals.Sum(static refusals => refusals.Count);
        foreach (var (reason, words) in ((ShortageReasons, string)[])
            [
                (ShortageReasons.NetworkSuspended, "the network is switched off"),
                (ShortageReasons.NoAddressSource, "there is no source of addresses"),
                (ShortageReasons.ConnectionLimit, FormattableString.Invariant($"the limit of all connections is {snapshot.MaxConnections}, fewer than the {GetWanted(snapshot)} that are wanted")),
                (ShortageReasons.NetworkOutage, snapshot.IsOutage ? "no network gives an answer" : "networks that addresses are of give no answer"),
                (ShortageReasons.NoI2PSession, "the I2P router has no session"),
                (ShortageReasons.SourceUnavailable, "the source of addresses does not answer"),
                (ShortageReasons.NoAddresses, "no address is known"),
                (ShortageReasons.Unreachable, "no address known is of a network that can be reached"),
                (ShortageReasons.MissingServices, "no known address offers the required services"),
                (ShortageReasons.Excluded, $"bans or the gate exclude {Share(ConnectFailureCause.GateRefused)}"),
                (ShortageReasons.RecentlyTried, $"{Share(ConnectFailureCause.RecentlyTried)} were tried a short time ago"),
                (ShortageReasons.NetgroupLimit, $"{Share(ConnectFailureCause.NetgroupLimit)} are in netgroups that are connected already"),
                (ShortageReasons.DuplicateAddress, $"{Share(ConnectFailureCause.DuplicateAddress)} are in use already"),
            ])
        {
            if (reasons.HasFlag(reason))
                yield return words;
        }

        string Share(ConnectFailureCause cause)
        {
            var count = snapshot.AddressRefusals.Where(refusals => refusals.Cause == cause).Sum(static refusals => refusals.Count);
            return count == looked ? "all addresses that were looked at" : FormattableString.Invariant($"{count} of the last {looked} addresses that were looked at");
        }
    }

    private static long GetWanted(ConnectionManagerSnapshot snapshot) =>
        (snapshot.HasAddressSource ? snapshot.TargetOutbound : 0) + snapshot.Requests.LongCount(static request => request.Kind == ConnectionKind.Permanent);
}
