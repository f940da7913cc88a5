namespace Connmgr.Bitcoin;

/// <summary>What a <see cref="PolicySchedule"/> wants done.</summary>
internal enum PolicyStep
{
    Nothing,
    Feeler,
    ExtraNetwork,
}
