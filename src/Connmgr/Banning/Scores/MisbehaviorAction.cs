using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>The verdict on a score, the mildest first.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MisbehaviorAction>))]
public enum MisbehaviorAction
{
    /// <summary>It is let pass.</summary>
    Tolerate,

    /// <summary>It is above <see cref="ScoreThresholds.Warn"/>: worth a line in the log.</summary>
    Warn,

    /// <summary>
    /// It is above <see cref="ScoreThresholds.Discourage"/>: the host is not to be chosen any more, and taken only while there is room.
    /// </summary>
    Discourage,

    /// <summary>It is above <see cref="ScoreThresholds.Ban"/>: the host is to be kept out.</summary>
    Ban,
}
