namespace Connmgr.Tool;

/// <summary>The health of a run. The property names are those of the JSON.</summary>
/// <param name="Status">
/// <c>healthy</c>: nothing is missing; <c>degraded</c>: some peers are missing; <c>unhealthy</c>: there are no peers, although some are
/// wanted.
/// </param>
/// <param name="Reason">The reason, in one sentence.</param>
/// <param name="Automatic">The number of automatic peers connected.</param>
/// <param name="Target">The number of automatic peers wanted.</param>
/// <param name="Permanent">The number of permanent peers connected.</param>
/// <param name="PermanentWanted">The number of permanent peers wanted.</param>
/// <param name="Inbound">The number of inbound peers.</param>
internal sealed record RunHealth(string Status, string Reason, int Automatic, int Target, int Permanent, int PermanentWanted, int Inbound)
{
    public const string Healthy = "healthy";
    public const string Degraded = "degraded";
    public const string Unhealthy = "unhealthy";

    /// <summary>Evaluates a snapshot. Pure.</summary>
    public static RunHealth From(ConnectionManagerSnapshot snapshot, ConnectionShortage? shortage)
    {
        var (automatic, permanent) = (snapshot.Count(ConnectionKind.Automatic), snapshot.Count(ConnectionKind.Permanent));
        var target = snapshot.WantedAutomatic;
        var wanted = snapshot.Requests.Count(request => request.Kind == ConnectionKind.Permanent);
        var (status, reason) = Judge(snapshot, shortage, automatic + permanent, target + wanted);
        return new RunHealth(status, reason, automatic, target, permanent, wanted, snapshot.Count(ConnectionKind.Inbound));
    }

    private static (string Status, string Reason) Judge(
        ConnectionManagerSnapshot snapshot, ConnectionShortage? shortage, int connected, int wanted) => snapshot switch
        {
            { IsStopped: true } => (Unhealthy, "The run is stopping."),
            { IsSuspended: true } => (Unhealthy, "The network is switched off."),
            { IsFull: true } => (Healthy, wanted == 0 ? "No outbound peers are wanted." : $"All {wanted} outbound peers are connected."),
            _ when connected == 0 => (Unhealthy, $"None of {wanted} outbound peers are connected{Why(shortage)}."),
            _ => (Degraded, $"{connected} of {wanted} outbound peers are connected{Why(shortage)}."),
        };

    private static string Why(ConnectionShortage? shortage) =>
        shortage is null ? string.Empty : shortage.DescribeGroups() + (shortage.Explanation.Length == 0 ? string.Empty : $": {shortage.Explanation}");
}
