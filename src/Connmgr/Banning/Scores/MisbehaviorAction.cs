using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The action that a score calls for, the mildest first.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MisbehaviorAction>))]
public enum MisbehaviorAction
{
    /// <summary>No action.</summary>
    Tolerate,

    /// <summary>The score is above <see cref="ScoreThresholds.Warn"/>: worth a log entry.</summary>
    Warn,

    /// <summary>
    /// The score is above <see cref="ScoreThresholds.Discourage"/>: the host should not be dialled any more, and accepted only while there
    /// is room.
    /// </summary>
    Discourage,

    /// <summary>The score is above <see cref="ScoreThresholds.Ban"/>: the host should be kept out.</summary>
    Ban,
}
