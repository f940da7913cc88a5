namespace Connmgr.Tool;

/// <summary>What ended a run.</summary>
internal enum RunEnd
{
    /// <summary>Ctrl-C, SIGTERM.</summary>
    Interrupted,

    /// <summary>Nothing was missing, with <c>--until-full</c>.</summary>
    Full,

    /// <summary>Something was missing at the end of <c>--timeout</c>.</summary>
    TimedOut,
}
