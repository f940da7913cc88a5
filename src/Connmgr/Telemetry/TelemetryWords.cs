using System.Runtime.CompilerServices;
using System.Text;

namespace Connmgr;

/// <summary>The members of an enum as the values of tags: NetgroupLimit is netgroup_limit. Made once; asking allocates nothing.</summary>
/// <typeparam name="TEnum">An enum of ints that counts from 0 without a gap.</typeparam>
internal static class TelemetryWords<TEnum>
    where TEnum : struct, Enum
{
    private static readonly string[] Words = [.. Enum.GetNames<TEnum>().Select(SnakeCase)];

    public static string GetWord(TEnum value) => Words[Unsafe.BitCast<TEnum, int>(value)];

    private static string SnakeCase(string name)
    {
        var word = new StringBuilder();
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && word.Length > 0)
                word.Append('_');
            word.Append(char.ToLowerInvariant(letter));
        }

        return word.ToString();
    }
}

/// <summary>The outcome of an operation, as the value of a tag.</summary>
internal static class OutcomeWord
{
    public const string Success = "success";

    public static string GetWord(ConnectFailureCause cause) => cause == ConnectFailureCause.None ? Success : TelemetryWords<ConnectFailureCause>.GetWord(cause);
}
