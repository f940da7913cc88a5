using System.Globalization;

namespace Connmgr;

/// <summary>
/// How much is tried at random: as much as fits into the time of a change, or, with the environment variable CONNMGR_TEST_EFFORT, so many times that (at night).
/// </summary>
internal static class Effort
{
    private const string Variable = "CONNMGR_TEST_EFFORT";

    private static readonly int Factor = Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text
        ? 1
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var factor) && factor is >= 1 and <= 1000
            ? factor
            : throw new InvalidOperationException($"{Variable} is '{text}'; use a whole number from 1 to 1000");

    /// <summary>A number of tries.</summary>
    /// <param name="times">That of an ordinary run.</param>
    public static int Of(int times) => checked(times * Factor);
}
