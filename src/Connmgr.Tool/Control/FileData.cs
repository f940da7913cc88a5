namespace Connmgr.Tool;

/// <summary>Data of a directory that no run has, for a command to work on.</summary>
/// <param name="Actions">What the command can do with it.</param>
/// <param name="Save">Writes what was changed; null when nothing is to change.</param>
/// <param name="Lock">Keeps others from writing it meanwhile; null when nothing is to change.</param>
internal sealed record FileData<TActions>(TActions Actions, Func<CancellationToken, Task>? Save = null, IDisposable? Lock = null);
