using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Connmgr.Hosting;

/// <summary>What reading a text gave: a value, or what to write instead.</summary>
/// <param name="Value">The value.</param>
/// <param name="Remedy">What to write instead, as the end of a sentence; null when it could be read.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReadValue<TValue>(TValue? Value, string? Remedy = null)
{
    /// <summary>Whether it could be read.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Remedy))]
    public bool IsRight => Remedy is null;

    /// <summary>It could not be read.</summary>
    public static ReadValue<TValue> Wrong(string remedy) => new(default, remedy);
}
