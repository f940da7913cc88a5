using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Connmgr.Hosting;

/// <summary>A kind of value in configuration, with its text format. Pure, immutable.</summary>
/// <param name="Read">Reads a text.</param>
/// <param name="Write">Writes a value as it is read.</param>
/// <param name="JsonSchema">The members of its JSON schema, without the braces.</param>
internal sealed record SettingKind<TValue>(Func<string, SettingValue<TValue>> Read, Func<TValue, string> Write, string JsonSchema)
{
    /// <summary>True if messages must not repeat the value.</summary>
    public bool IsSecret { get; init; }

    /// <summary>True if a value may contain commas, so that a text with commas is not a list.</summary>
    public bool HasCommas { get; init; }

    /// <summary>Reads a text that the program passes, by the rules of configuration.</summary>
    /// <exception cref="FormatException">The text is not valid; the message says what to write.</exception>
    public TValue Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var read = Read(text);
        return read.IsValid ? read.Value : throw new FormatException($"'{text}' is not valid: {read.Remedy}.");
    }
}

/// <summary>The result of reading a text: a value, or what to write instead.</summary>
/// <param name="Value">The value.</param>
/// <param name="Remedy">The instruction what to write instead, as the end of a sentence; null if the text is valid.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SettingValue<TValue>(TValue? Value, string? Remedy = null)
{
    /// <summary>True when the text could be read.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Remedy))]
    public bool IsValid => Remedy is null;

    /// <summary>Creates the result for a text that is not valid.</summary>
    public static SettingValue<TValue> Invalid(string remedy) => new(default, remedy);
}
