using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>The scores above which something is done about a host. An immutable value.</summary>
/// <param name="Warn">Above it: <see cref="ScoreVerdict.Warn"/>. Not above <paramref name="Discourage"/>.</param>
/// <param name="Discourage">Above it: <see cref="ScoreVerdict.Discourage"/>. Not above <paramref name="Ban"/>.</param>
/// <param name="Ban">Above it: <see cref="ScoreVerdict.Ban"/>.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ScoreThresholds(uint Warn, uint Discourage, uint Ban)
{
    /// <summary>50, 75 and 100. To warn above half of it and to ban above 100 is what btcd does.</summary>
    public static ScoreThresholds Default { get; } = new(50, 75, 100);

    /// <summary>500, 750 and 1,000: ten times as much for a whole netgroup.</summary>
    public static ScoreThresholds DefaultOfNetgroup { get; } = new(500, 750, 1000);

    /// <summary>What a score means.</summary>
    /// <param name="score">The score.</param>
    /// <returns>The severest that it is above the threshold of.</returns>
    public ScoreVerdict Judge(uint score) =>
        score > Ban ? ScoreVerdict.Ban : score > Discourage ? ScoreVerdict.Discourage : score > Warn ? ScoreVerdict.Warn : ScoreVerdict.Tolerate;

    /// <summary>Gets the error of thresholds that are not in order.</summary>
    /// <param name="name">The name of the option that holds them.</param>
    internal IEnumerable<string> Errors(string name)
    {
        if (Warn > Discourage || Discourage > Ban)
            yield return $"{name} is {Warn}, {Discourage}, {Ban}; each must be as high as the one before or higher.";
    }
}
