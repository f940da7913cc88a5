using System.Globalization;
using System.Text;

namespace Connmgr;

/// <summary>
/// Gives the text of a record in the form that the compiler makes, but the same in every culture: what it makes takes times and numbers to
/// the culture of the moment.
/// </summary>
internal static class RecordText
{
    /// <summary>Gets the text.</summary>
    /// <param name="name">The name of the type.</param>
    /// <param name="printMembers">The record's own PrintMembers.</param>
    public static string Of(string name, Func<StringBuilder, bool> printMembers)
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
