namespace Connmgr;

/// <summary>The address source gave nothing that may be dialled, and is left alone for <see cref="ConnectionManagerOptions.RetryDuration"/>.</summary>
/// <param name="Time">When.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record AddressSourceRests(DateTimeOffset Time, string Reason) : ConnectionEvent(Time);
