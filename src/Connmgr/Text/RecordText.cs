using System.Globalization;
using System.Text;

namespace Connmgr;

/// <summary>Formats members with their values in the form that the compiler gives records, but the same in every culture.</summary>
internal static class RecordText
{
    /// <summary>Formats the members of an object.</summary>
    /// <param name="name">The name of the type.</param>
    /// <param name="members">The members, in the order of the text.</param>
    public static string Format(string name, params ReadOnlySpan<(string Name, object? Value)> members)
    {
        var text = new StringBuilder(name).Append(" { ");
        foreach (var (member, value) in members)
            text.Append(CultureInfo.InvariantCulture, $"{member} = {value}, ");
        text.Length -= members.IsEmpty ? 0 : ", ".Length;
        return text.Append(" }").ToString();
    }

    /// <summary>Formats a record.</summary>
    /// <param name="name">The name of the type.</param>
    /// <param name="printMembers">The record's PrintMembers, which takes times and numbers to the current culture.</param>
    public static string Format(string name, Func<StringBuilder, bool> printMembers)
    {
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            var text = new StringBuilder(name).Append(" { ");
            if (printMembers(text))
                text.Append(' ');
            return text.Append('}').ToString();
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
