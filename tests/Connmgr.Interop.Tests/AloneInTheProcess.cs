namespace Connmgr.Interop;

/// <summary>The collection of tests that look at the whole process: they run when no other test does.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
