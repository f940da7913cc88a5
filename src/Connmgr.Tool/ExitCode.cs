namespace Connmgr.Tool;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>It could not do what was asked; standard error says why.</summary>
    public const int Failure = 1;

    /// <summary>It was asked for in a way that it does not understand; standard error says what to write instead.</summary>
    public const int Usage = 2;
}
