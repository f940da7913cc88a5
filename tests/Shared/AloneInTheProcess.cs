namespace Connmgr;

/// <summary>The collection of tests that change something of the whole process: they run when no other test does.</summary>
[CollectionDefinition(nameof(AloneInTheProcess), DisableParallelization = true)]
public sealed class AloneInTheProcess;
