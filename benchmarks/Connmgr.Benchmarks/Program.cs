using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Connmgr.Benchmarks;

if (args is ["peers"])
{
    await PeerCosts.MeasureAsync();
    return;
}

// In this process: the projects that BenchmarkDotNet would generate and build for each run would have this repository's build rules.
// A mutator, so that it holds for the jobs of the command line too.
var config = DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).AsMutator());
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
