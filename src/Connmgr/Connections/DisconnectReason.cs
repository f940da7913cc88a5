namespace Connmgr;

/// <summary>Why a connection ended.</summary>
/// <param name="Cause">What ended it.</param>
/// <param name="Detail">In words, when there is more to say.</param>
/// <param name="Exception">The exception of the handler, when that was the cause.</param>
public sealed record DisconnectReason(DisconnectCause Cause, string? Detail = null, Exception? Exception = null)
{
    private static readonly DisconnectReason[] Plain = [.. Enum.GetValues<DisconnectCause>().Select(static cause => new DisconnectReason(cause))];

    /// <summary>The cause and the detail.</summary>
    /// <returns>For example <c>Closed: ping timeout</c>.</returns>
    public override string ToString() => (Detail ?? Exception?.Message) is { } text ? $"{Cause}: {text}" : Cause.ToString();

    /// <summary>A cause without more to say: the same object each time.</summary>
    internal static DisconnectReason Of(DisconnectCause cause) => Plain[(int)cause];
}
