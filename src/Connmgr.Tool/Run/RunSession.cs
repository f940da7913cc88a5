using System.Collections.Immutable;
using System.Globalization;
using System.Threading.Channels;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>One <c>connmgr run</c>, from start to end.</summary>
/// <param name="configuration">The configuration of the run.</param>
/// <param name="loader">Reads the configuration again after a SIGHUP.</param>
/// <param name="environment">The environment of the command.</param>
internal sealed class RunSession(Configuration<RunOptions> configuration, ConfigurationLoader loader, ToolEnvironment environment)
{
    private readonly RunOptions _options = configuration.Options;

    /// <summary>Runs until it is asked to stop, or until nothing is missing when <c>--until-full</c> is set.</summary>
    /// <param name="stop">Stops the run.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="ToolException">The run can't start, or its output can't be written.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        // A run on a terminal ends with the terminal; for a service, SIGHUP means to reload the configuration.
        var mayReload = environment.Terminal is null && (configuration.File is not null || ServiceManager.IsPresent(environment.Variables));
        var reloads = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var hangups = environment.OnHangup?.Invoke(mayReload ? () => reloads.Writer.TryWrite(item: true) : () => gone.TrySetResult());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = RunAsync(reloads.Reader, ended.Token);
        await Task.WhenAny(running, gone.Task).ConfigureAwait(false);
        if (gone.Task.IsCompleted)
            await ended.CancelAsync().ConfigureAwait(false);
        return await running.ConfigureAwait(false);
    }

    private async Task<int> RunAsync(ChannelReader<bool> reloads, CancellationToken stop)
    {
        var context = await RunContext.OpenAsync(_options, environment, stop).ConfigureAwait(false);
        await using var opened = context.ConfigureAwait(false);
        var info = RunInfo.From(context); // Before the network takes the listeners.
        var network = context.CreateNetwork();
        await using var connected = network.ConfigureAwait(false);
        await context.ShareReputationAsync(network.Reputation, stop).ConfigureAwait(false);
        var reloader = new RunReloader(configuration, loader, network, reloads, context);
        await using var reloading = reloader.ConfigureAwait(false);
        var memory = new MemoryReturn(environment.TimeProvider, environment.ResidentMemory, environment.CollectGarbage);
        await using var returning = memory.ConfigureAwait(false);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var services = RunServices.From(network, info, context.Chain, environment.TimeProvider, started.Task);
        var servers = await RunServers.StartAsync(context, services).ConfigureAwait(false);
        await using var serving = servers.ConfigureAwait(false);
        return await PumpAsync(context, network, info with { DashboardLink = servers.DashboardLink }, started, stop).ConfigureAwait(false);
    }

    private async Task<int> PumpAsync(
        RunContext context, PeerNetwork network, RunInfo info, TaskCompletionSource started, CancellationToken stop)
    {
        RunSummary summary;
        try
        {
            using var output = RunOutputs.Open(_options, environment);
            summary = await new RunPump(context, network, info, output, started).RunAsync(stop).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new ToolException($"can't write to standard output: {exception.Message}", exception);
        }

        var why = summary.End == RunEnd.TimedOut
            ? string.Create(CultureInfo.InvariantCulture, $"not full after {_options.Timeout!.Value.TotalSeconds} s")
            : "interrupted before it was full";
        var isComplete = await ReportAsync($"{why}; missing:", summary.Missing).ConfigureAwait(false);
        var isWritten = await ReportAsync("not everything could be saved at the end:", summary.Statistics.LostChanges).ConfigureAwait(false);
        return isComplete && isWritten ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>Writes the faults that keep the run from being a success.</summary>
    /// <returns>True when there are none.</returns>
    private async Task<bool> ReportAsync(string heading, ImmutableArray<string> faults)
    {
        if (faults.IsEmpty)
            return true;
        await environment.Error.WriteLineAsync($"connmgr: {heading}").ConfigureAwait(false);
        foreach (var fault in faults)
            await environment.Error.WriteLineAsync($"  {SafeText.Line(fault, SafeText.MaxNoticeLength)}").ConfigureAwait(false);
        return false;
    }
}
