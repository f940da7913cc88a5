using System.Net;
using System.Runtime.CompilerServices;

namespace Connmgr.Tool;

/// <summary>
/// The checks of <c>connmgr doctor</c>, one after the other. Those of this machine and of the services that the options name send nothing
/// beyond these; only those of a network that the user asked for look up its seeds and connect to its peers.
/// </summary>
/// <param name="options">The options of the run.</param>
/// <param name="isAsked">True when the command line names a network, and does not forbid to use it.</param>
/// <param name="wait">The time for peers to connect.</param>
/// <param name="environment">The environment of the command.</param>
internal sealed class Doctor(RunOptions options, bool isAsked, TimeSpan wait, ToolEnvironment environment)
{
    /// <summary>Checks everything.</summary>
    public async IAsyncEnumerable<DoctorCheck> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return MachineChecks.CheckDescriptors(options, FileDescriptorUsage.GetCurrent());
        yield return MachineChecks.CheckClock(environment.TimeProvider.GetUtcNow(), MachineChecks.ReadBuildTime());
        var directory = MachineChecks.CheckDirectory(options.DataDirectory);
        yield return directory.Check;
        await foreach (var check in MachineChecks.CheckPortsAsync(options, directory.IsInUse, cancellationToken).ConfigureAwait(false))
            yield return check;
        var services = new ServiceChecks(options, environment.TimeProvider);
        await foreach (var check in services.CheckAsync(cancellationToken).ConfigureAwait(false))
            yield return check;
        yield return MachineChecks.CheckNameServers(MachineChecks.ReadNameServers());
        await foreach (var check in CheckNetworkAsync(services.OnionProxy, cancellationToken).ConfigureAwait(false))
            yield return check;
    }

    private async IAsyncEnumerable<DoctorCheck> CheckNetworkAsync(EndPoint? onionProxy, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (options.IsSandbox || !isAsked)
        {
            var remedy = options.IsSandbox ? "Add --network mainnet, for example." : $"Add --network {options.ChainName} to the command line, or the --chain of the configuration, without --offline.";
            yield return new("seeds", CheckStatus.Skipped, "No network was asked for, so no seed was looked up.", remedy);
            yield return new("peers", CheckStatus.Skipped, "No network was asked for, so no peer was dialled.", remedy);
            yield break;
        }

        var (network, failure) = await OpenNetworkAsync(onionProxy, cancellationToken).ConfigureAwait(false);
        if (network is null)
        {
            yield return new("seeds", CheckStatus.Skipped, "A run with these options does not start, so no seed was looked up.");
            yield return new("peers", CheckStatus.Problem, failure!, "Correct the option: no peer was dialled.");
            yield break;
        }

        await using var owned = network.ConfigureAwait(false);
        yield return await network.CheckSeedsAsync(cancellationToken).ConfigureAwait(false);
        foreach (var check in await network.CheckPeersAsync(cancellationToken).ConfigureAwait(false))
            yield return check;
    }

    /// <summary>Opens the checks of the network. As a run does, they use the SOCKS port that Tor reports, unless the options name one.</summary>
    /// <returns>The checks; or why a run with these options does not start.</returns>
    private async Task<(NetworkChecks? Network, string? Failure)> OpenNetworkAsync(EndPoint? onionProxy, CancellationToken cancellationToken)
    {
        var proxies = options.Proxies with { Onion = options.Proxies.Onion ?? onionProxy };
        var reachable = proxies.ReachableNetworks | (options.I2PSam is null ? AddressNetworks.None : AddressNetworks.I2P);
        if (options.TorControl is not null && (reachable & (options.OnlyNetworks ?? AddressNetworks.All)) == AddressNetworks.None)
            return (null, "No proxy leads to the networks of --only-net, and Tor's control port reported none.");
        try
        {
            return (await NetworkChecks.OpenAsync(options with { Proxies = proxies }, wait, environment, cancellationToken).ConfigureAwait(false), null);
        }
        catch (ToolException exception)
        {
            return (null, SafeText.Line(exception.Message, SafeText.MaxNoticeLength));
        }
    }
}
