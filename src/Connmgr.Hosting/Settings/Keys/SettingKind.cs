namespace Connmgr.Hosting;

/// <summary>A kind of value in configuration: how it is read and written. Pure, immutable.</summary>
/// <param name="Read">Reads a text.</param>
/// <param name="Write">Writes it as it is read.</param>
/// <param name="JsonSchema">What a JSON schema says of it, without the braces.</param>
internal sealed record SettingKind<TValue>(Func<string, ReadValue<TValue>> Read, Func<TValue, string> Write, string JsonSchema)
{
    /// <summary>Whether it must not be repeated in a message.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Whether commas may be part of it, so that a text with some is no list.</summary>
    public bool HasCommas { get; init; }
}
