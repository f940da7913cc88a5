namespace Connmgr.Tool;

/// <summary>An attempt under way. The names are those of the JSON.</summary>
/// <param name="Id">The id of its request, or of the inbound connection.</param>
/// <param name="Address">HOST:PORT; null while it is not known.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Phase">How far it is: <c>tcp</c>, <c>proxy</c> or <c>handshake</c>.</param>
/// <param name="Seconds">Since it began.</param>
internal sealed record DialItem(long Id, string? Address, string Kind, string Phase, double Seconds)
{
    public static DialItem Of(AttemptSnapshot attempt) => new(
        attempt.RequestId,
        attempt.EndPoint is null ? null : AddressText.Of(attempt.EndPoint),
        Names.Of(attempt.Kind),
        Names.Of(attempt.Phase),
        Math.Round(attempt.Age.TotalSeconds, 3));
}
