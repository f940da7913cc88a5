using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>The scores above which an action is taken against a host. An immutable value.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly struct ScoreThresholds
{
    /// <summary>Creates thresholds.</summary>
    /// <param name="warn">The score above which the action is <see cref="MisbehaviorAction.Warn"/>. Not above <paramref name="discourage"/>.</param>
    /// <param name="discourage">
    /// The score above which the action is <see cref="MisbehaviorAction.Discourage"/>. Not above <paramref name="ban"/>.
    /// </param>
    /// <param name="ban">The score above which the action is <see cref="MisbehaviorAction.Ban"/>.</param>
    public ScoreThresholds(uint warn, uint discourage, uint ban) => (Warn, Discourage, Ban) = (warn, discourage, ban);

    /// <summary>The score above which the action is <see cref="MisbehaviorAction.Warn"/>.</summary>
    public uint Warn { get; }

    /// <summary>The score above which the action is <see cref="MisbehaviorAction.Discourage"/>.</summary>
    public uint Discourage { get; }

    /// <summary>The score above which the action is <see cref="MisbehaviorAction.Ban"/>.</summary>
    public uint Ban { get; }

    /// <summary>50, 75 and 100. As btcd does, warns above half of the ban threshold and bans above 100.</summary>
    internal static ScoreThresholds Default { get; } = new(50, 75, 100);

    /// <summary>500, 750 and 1,000: ten times as much for a whole netgroup.</summary>
    internal static ScoreThresholds DefaultForNetgroup { get; } = new(500, 750, 1000);

    /// <summary>Evaluates a score.</summary>
    /// <param name="score">The score.</param>
    /// <returns>The most severe action whose threshold the score exceeds.</returns>
    internal MisbehaviorAction Evaluate(uint score) =>
        score > Ban ? MisbehaviorAction.Ban : score > Discourage ? MisbehaviorAction.Discourage : score > Warn ? MisbehaviorAction.Warn : MisbehaviorAction.Tolerate;

    /// <summary>Gets the error of thresholds that are not in order.</summary>
    /// <param name="name">The name of the option that holds them.</param>
    internal IEnumerable<string> Errors(string name)
    {
        if (Warn > Discourage || Discourage > Ban)
            yield return $"{name} is {Warn}, {Discourage}, {Ban}; each must be as high as the one before or higher.";
    }
}
