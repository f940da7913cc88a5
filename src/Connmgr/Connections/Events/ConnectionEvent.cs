namespace Connmgr;

/// <summary>Something that happened to the connections of a manager. See <see cref="ConnectionManager.WatchAsync"/>.</summary>
/// <param name="Time">When.</param>
public abstract record ConnectionEvent(DateTimeOffset Time)
{
    /// <summary>Gets the members with their values, the same in every culture.</summary>
    /// <returns>The text.</returns>
    public sealed override string ToString() => RecordText.Of(GetType().Name, PrintMembers);
}
