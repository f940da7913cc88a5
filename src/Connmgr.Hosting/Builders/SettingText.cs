namespace Connmgr.Hosting;

/// <summary>Reads what a program gives as text, by the rules of configuration.</summary>
internal static class SettingText
{
    /// <exception cref="FormatException">It is none; the message says what to write.</exception>
    public static TValue Parse<TValue>(SettingKind<TValue> kind, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var read = kind.Read(text);
        return read.IsRight ? read.Value : throw new FormatException($"'{text}' can't be used: {read.Remedy}.");
    }
}
