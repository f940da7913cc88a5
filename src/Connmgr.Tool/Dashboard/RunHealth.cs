namespace Connmgr.Tool;

/// <summary>How a run is, for those who watch over it. The names are those of the JSON.</summary>
/// <param name="Status"><c>healthy</c>: nothing is missing; <c>degraded</c>: some peers are; <c>unhealthy</c>: there is no peer, though some are wanted.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Automatic">Automatic peers connected.</param>
/// <param name="Target">Automatic peers wanted.</param>
/// <param name="Permanent">Permanent peers connected.</param>
/// <param name="PermanentWanted">Permanent peers wanted.</param>
/// <param name="Inbound">Inbound peers.</param>
internal sealed record RunHealth(string Status, string Reason, int Automatic, int Target, int Permanent, int PermanentWanted, int Inbound)
{
    public const string Healthy = "healthy";
    public const string Degraded = "degraded";
    public const string Unhealthy = "unhealthy";

    /// <summary>Judges. Pure.</summary>
    public static RunHealth Of(ConnectionManagerSnapshot snapshot, ConnectionShortage? shortage)
    {
        var (automatic, permanent) = (snapshot.Count(ConnectionKind.Automatic), snapshot.Count(ConnectionKind.Permanent));
        var target = snapshot.WantedAutomatic;
        var wanted = snapshot.Requests.Count(request => request.Kind == ConnectionKind.Permanent);
        var (status, reason) = Judge(snapshot, shortage, automatic + permanent, target + wanted);
        return new RunHealth(status, reason, automatic, target, permanent, wanted, snapshot.Count(ConnectionKind.Inbound));
    }

    private static (string Status, string Reason) Judge(ConnectionManagerSnapshot snapshot, ConnectionShortage? shortage, int connected, int wanted) => snapshot switch
    {
        { IsStopped: true } => (Unhealthy, "The run is stopping."),
        { IsSuspended: true } => (Unhealthy, "The network is switched off."),
        { IsFull: true } => (Healthy, wanted == 0 ? "No outbound peer is wanted." : $"All {wanted} outbound peers are connected."),
        _ when connected == 0 => (Unhealthy, $"None of {wanted} outbound peers is connected{Why(shortage)}."),
        _ => (Degraded, $"{connected} of {wanted} outbound peers are connected{Why(shortage)}."),
    };

    private static string Why(ConnectionShortage? shortage) => shortage is { Explanation: { Length: > 0 } why } ? $": {why}" : string.Empty;
}
