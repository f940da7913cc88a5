using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>Something that happened to the connections of a manager. See <see cref="ConnectionManager.WatchAsync"/>. In JSON a property <c>Event</c> has the name of the type.</summary>
/// <param name="Time">When.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "Event")]
[JsonDerivedType(typeof(AddressSourceRests), nameof(AddressSourceRests))]
[JsonDerivedType(typeof(AttemptFailed), nameof(AttemptFailed))]
[JsonDerivedType(typeof(AttemptStarted), nameof(AttemptStarted))]
[JsonDerivedType(typeof(ConnectionClosed), nameof(ConnectionClosed))]
[JsonDerivedType(typeof(ConnectionEstablished), nameof(ConnectionEstablished))]
[JsonDerivedType(typeof(DescriptorsShort), nameof(DescriptorsShort))]
[JsonDerivedType(typeof(EventsDropped), nameof(EventsDropped))]
[JsonDerivedType(typeof(InboundRefused), nameof(InboundRefused))]
[JsonDerivedType(typeof(LimitsChanged), nameof(LimitsChanged))]
[JsonDerivedType(typeof(ListenerFailed), nameof(ListenerFailed))]
[JsonDerivedType(typeof(NetworkResumed), nameof(NetworkResumed))]
[JsonDerivedType(typeof(NetworkSuspended), nameof(NetworkSuspended))]
[JsonDerivedType(typeof(OutageBegan), nameof(OutageBegan))]
[JsonDerivedType(typeof(OutageEnded), nameof(OutageEnded))]
[JsonDerivedType(typeof(RequestEnded), nameof(RequestEnded))]
public abstract record ConnectionEvent(DateTimeOffset Time)
{
    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public sealed override string ToString() => RecordText.Of(GetType().Name, PrintMembers);
}
