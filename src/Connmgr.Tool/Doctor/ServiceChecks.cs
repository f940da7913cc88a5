using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Connmgr.Tool;

/// <summary>The checks of the services that the options name: proxies, Tor, an I2P router, the gateway. Each is only greeted.</summary>
/// <param name="options">The options of the run.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class ServiceChecks(RunOptions options, TimeProvider timeProvider)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>The function that finds the ports to map and their gateways.</summary>
    public Func<IReadOnlyList<IPEndPoint>, bool, ImmutableArray<PortMappingTarget>> FindTargets { get; init; } = GatewayFinder.Find;

    /// <summary>The function that finds the addresses of an interface; null for none of that name.</summary>
    public Func<string, ImmutableArray<IPAddress>?> FindInterface { get; init; } = InterfaceAddresses.Find;

    /// <summary>The function that gets the client for a protocol; null for a real one.</summary>
    public Func<PortMappingMethod, IGatewayClient>? GetClient { get; init; }

    /// <summary>The SOCKS port that Tor's control port reported; null before that.</summary>
    public EndPoint? OnionProxy { get; private set; }

    /// <summary>Checks each service.</summary>
    public async IAsyncEnumerable<DoctorCheck> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var proxy in options.Proxies.Proxies.Distinct())
            yield return await CheckProxyAsync(proxy, cancellationToken).ConfigureAwait(false);
        yield return options.TorControl is { } control
            ? await CheckTorAsync(control, cancellationToken).ConfigureAwait(false)
            : new("tor", CheckStatus.Skipped, "The options name no control port of Tor.");
        yield return options.I2PSam is { } router
            ? await CheckI2PAsync(router, cancellationToken).ConfigureAwait(false)
            : new("i2p", CheckStatus.Skipped, "The options name no I2P router.");
        if (options.PortMapping == PortMappingMethod.Off)
        {
            yield return new("port mapping", CheckStatus.Skipped, "Port mapping is off.");
            yield break;
        }

        foreach (var check in await CheckGatewaysAsync(cancellationToken).ConfigureAwait(false))
            yield return check;
    }

    private async Task<DoctorCheck> CheckProxyAsync(EndPoint proxy, CancellationToken cancellationToken)
    {
        const string name = "proxy";
        var text = ProxyEndPoint.Format(proxy);
        using var timeout = new CancellationTokenSource(Timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var stream = await ProxyConnector.For(proxy)(proxy, either.Token).ConfigureAwait(false);
            await using var owned = stream.ConfigureAwait(false);
            await stream.WriteAsync(new byte[] { 5, 2, 0, 2 }, either.Token).ConfigureAwait(false); // SOCKS 5: no authentication, or a user's name.
            var answer = new byte[2];
            await stream.ReadExactlyAsync(answer, either.Token).ConfigureAwait(false);
            return answer is [5, 0 or 2]
                ? new(name, CheckStatus.Ok, $"{text} speaks SOCKS5.")
                : new(name, CheckStatus.Problem, $"{text} does not speak SOCKS5 as it is needed.", "Name the SOCKS port of the proxy, and let it take clients without a password.");
        }
        catch (Exception exception) when (exception is IOException or SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new(name, CheckStatus.Problem, $"The proxy {text} does not answer: {Describe(exception)}.", "Start it, or correct its address.");
        }
    }

    private async Task<DoctorCheck> CheckTorAsync(EndPoint control, CancellationToken cancellationToken)
    {
        const string name = "tor";
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        string? password;
        try
        {
            password = await RunProxies.ReadPasswordAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (ToolException exception)
        {
            return new(name, CheckStatus.Problem, exception.Message, "Correct --tor-password-file.");
        }

        var tor = new TorController(control, new TorControllerOptions
        {
            Password = password,
            AllowPlainCookie = options.TorAllowPlainCookie,
            DiscoverProxy = true,
            SetupTimeout = Timeout,
            TimeProvider = timeProvider,
        });
        var running = tor.RunAsync(stop.Token);
        TorState state;
        try
        {
            state = await tor.WaitAsync(static state => state.IsConnected || state.Failure is not null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        OnionProxy = state.SocksProxy;
        return state.IsConnected
            ? new(name, CheckStatus.Ok, $"Tor {SafeText.Line(state.Version ?? string.Empty)} lets this program control it{(state.SocksProxy is { } proxy ? $"; its SOCKS port is {ProxyEndPoint.Format(proxy)}" : string.Empty)}.")
            : new(
                name,
                CheckStatus.Problem,
                $"Tor's control port {ProxyEndPoint.Format(control)} can't be used: {SafeText.Line(state.Failure!)}.",
                "Start Tor, and write ControlPort 9051 and CookieAuthentication 1 to its torrc. This user must be able to read the cookie, or name the password by --tor-password-file.");
    }

    private async Task<DoctorCheck> CheckI2PAsync(EndPoint router, CancellationToken cancellationToken)
    {
        const string name = "i2p";
        var text = ProxyEndPoint.Format(router);
        try
        {
            using var connection = await new SamClient(router, new I2PControllerOptions { SetupTimeout = Timeout, TimeProvider = timeProvider }).OpenAsync(cancellationToken).ConfigureAwait(false);
            return new(name, CheckStatus.Ok, $"The I2P router at {text} speaks SAM 3.1.");
        }
        catch (SamException exception)
        {
            return new(name, CheckStatus.Problem, $"The I2P router at {text} can't be used: {SafeText.Line(exception.Message)}.", "Start it, and switch its SAM bridge on: in i2pd enabled = true under [sam]; in Java I2P under Clients, \"SAM application bridge\".");
        }
    }

    /// <summary>Asks gateways for their address. No port is mapped: a run may have mapped it, and would lose it.</summary>
    private async Task<IEnumerable<DoctorCheck>> CheckGatewaysAsync(CancellationToken cancellationToken)
    {
        const string name = "port mapping";
        ImmutableArray<PortMappingTarget> targets;
        try
        {
            var listeners = options.Listen.Where(static local => !local.IsOnion).SelectMany(FindListeners).Where(static local => !IPAddress.IsLoopback(local.Address)).ToList();
            if (listeners.Count == 0)
                return [new(name, CheckStatus.Problem, "No listener needs a mapping: each accepts from this machine alone, or is of an onion service.", "Listen on 0.0.0.0, for example.")];
            targets = FindTargets(listeners, options.PortMapping is PortMappingMethod.Auto or PortMappingMethod.Pcp);
        }
        catch (IOException exception)
        {
            return [new(name, CheckStatus.Problem, $"The gateways can't be found: {SafeText.Line(exception.Message).TrimEnd('.')}.")];
        }

        if (targets.IsEmpty)
            return [new(name, CheckStatus.Problem, "This machine has no gateway for the addresses of its listeners.", "Check the default route.")];
        var checks = new List<DoctorCheck>();
        foreach (var target in targets)
            checks.Add(await CheckGatewayAsync(target, cancellationToken).ConfigureAwait(false));
        return checks;
    }

    /// <summary>Finds the addresses of a listener. Names are not looked up.</summary>
    private IEnumerable<IPEndPoint> FindListeners(ListenAddress local) =>
        (local.Host is { Address: { } address } ? [address] : FindInterface(local.Host.Name!) ?? []).Select(each => new IPEndPoint(each, local.Host.Port ?? 0));

    private async Task<DoctorCheck> CheckGatewayAsync(PortMappingTarget target, CancellationToken cancellationToken)
    {
        const string name = "port mapping";
        PortMappingMethod[] methods = target.Local.AddressFamily == AddressFamily.InterNetworkV6 ? [PortMappingMethod.Pcp]
            : options.PortMapping == PortMappingMethod.Auto ? [PortMappingMethod.NatPmp, PortMappingMethod.Upnp, PortMappingMethod.Pcp] : [options.PortMapping];
        var failures = new List<string>();
        foreach (var method in methods)
        {
            try
            {
                var answer = await (GetClient ?? CreateClient)(method).CheckAsync(new GatewayRequest(target, [.. new byte[PcpCodec.NonceLength]], External: null, PortMappingRules.Lifetime), cancellationToken).ConfigureAwait(false);
                return Judge(target, method, answer.Address);
            }
            catch (GatewayException exception)
            {
                failures.Add($"{PortMappingRules.GetName(method)}: {SafeText.Line(exception.Message)}");
            }
        }

        return new(name, CheckStatus.Problem, $"The gateway {target.Gateway} maps no ports: {string.Join("; ", failures)}.", "Switch the protocol on in the router, or forward the port by hand and name the address by --external-address.");
    }

    private static DoctorCheck Judge(PortMappingTarget target, PortMappingMethod method, IPAddress? address)
    {
        const string name = "port mapping";
        var speaks = $"The gateway {target.Gateway} speaks {PortMappingRules.GetName(method)}";
        if (address is null)
            return new(name, CheckStatus.Ok, $"{speaks}.");
        if (address.Equals(IPAddress.Any))
            return new(name, CheckStatus.Problem, $"{speaks}, but has no external address.", "Check the line of the router to the internet.");
        return NetworkAddress.FromIPAddress(address).IsRoutable
            ? new(name, CheckStatus.Ok, $"{speaks}; its address is {address}.")
            : new(name, CheckStatus.Problem, $"{speaks}, but its address {address} is not public: it is behind another NAT, so peers can't connect.", "Ask the provider for a public address, or use IPv6 or an onion address.");
    }

    private IGatewayClient CreateClient(PortMappingMethod method)
    {
        var datagrams = new GatewayDatagrams(GatewayDatagrams.DefaultPort, timeProvider);
        return method switch
        {
            PortMappingMethod.Pcp => new PcpClient(datagrams),
            PortMappingMethod.NatPmp => new NatPmpClient(datagrams),
            _ => new UpnpClient(timeProvider),
        };
    }

    private static string Describe(Exception exception) => exception is OperationCanceledException
        ? Invariant($"no answer within {Timeout.TotalSeconds} s")
        : SafeText.Line(exception.Message).TrimEnd('.');
}
