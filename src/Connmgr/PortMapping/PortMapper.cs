using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Has the gateways of this machine forward the ports of its listeners, as long as it runs. <see cref="PortMappingRules"/> decide for each port; the
/// ports take turns, so that their answers and the states follow one another in order. Thread-safe.
/// </summary>
internal sealed partial class PortMapper
{
    /// <summary>The time for the removal of all mappings at the end.</summary>
    private static readonly TimeSpan RemovalTime = TimeSpan.FromSeconds(2);

    /// <summary>The time after which the gateways are looked for again where the system does not report changes.</summary>
    private static readonly TimeSpan SearchInterval = TimeSpan.FromMinutes(1);

    /// <summary>The same while there is none, as after the start of the machine.</summary>
    private static readonly TimeSpan FirstSearchInterval = TimeSpan.FromSeconds(10);

    private readonly PortMapperOptions _options;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly ILogger _logger;
    private readonly ImmutableArray<PortMappingMethod> _methods;
    private readonly Func<PortMappingMethod, IGatewayClient> _getClient;

    private readonly Lock _lock = new();

    // Guarded by _lock.
    private bool _hasAnnouncement; // A gateway announced itself since the last look.
    private bool _hasNetworkChanged;
    private TaskCompletionSource _wake = NewSignal();
    private ImmutableHashSet<IPAddress> _gateways = [];
    private PortMappingState _state = new();

    // Belong to the run.
    private readonly List<Port> _ports = [];
    private TimeSpan _searchAt;

    /// <summary>Creates a mapper. Nothing is asked before <see cref="RunAsync"/>.</summary>
    public PortMapper(PortMapperOptions options)
    {
        (_options, _time) = (options, options.TimeProvider);
        _startedAt = _time.GetTimestamp();
        _logger = new GuardedLogger(options.LoggerFactory?.CreateLogger<PortMapper>() ?? (ILogger)Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, _time);
        _methods = options.Method == PortMappingMethod.Auto ? [PortMappingMethod.Pcp, PortMappingMethod.NatPmp, PortMappingMethod.Upnp] : [options.Method];
        var datagrams = new GatewayDatagrams(options.GatewayPort, _time);
        var (pcp, natPmp, upnp) = (new PcpClient(datagrams), new NatPmpClient(datagrams), new UpnpClient(_time));
        _getClient = options.GetClient ?? (method => method switch
        {
            PortMappingMethod.Pcp => pcp,
            PortMappingMethod.NatPmp => natPmp,
            _ => upnp,
        });
    }

    /// <summary>The present state.</summary>
    public PortMappingState State
    {
        get
        {
            lock (_lock)
                return _state;
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_startedAt);

    /// <summary>Maps the ports until it is cancelled, then removes the mappings, within two seconds.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var receiving = _options.AnnouncementPort is { } port
            ? new AnnouncementReceiver(port, _time, OnAnnouncement).RunAsync(stop.Token)
            : Task.CompletedTask;
        var observes = _options.ObserveNetworkChanges && TryObserve();
        try
        {
            while (!cancellationToken.IsCancellationRequested)
                await StepAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
        finally
        {
            if (observes)
                NetworkChange.NetworkAddressChanged -= OnNetworkAddressChanged;
            await stop.CancelAsync().ConfigureAwait(false);
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await RemoveAllAsync([.. _ports]).ConfigureAwait(false);
            _ports.Clear();
            Publish(isOver: true);
        }
    }

    /// <summary>Notes that the machine's network has changed: gateways are looked for, and all ports asked for, soon.</summary>
    public void NoteNetworkChange()
    {
        lock (_lock)
        {
            _hasNetworkChanged = true;
            _wake.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        var (wake, hasNetworkChanged, hasAnnouncement) = TakeNews();
        var now = Now;
        if (hasAnnouncement || hasNetworkChanged)
            _ports.ForEach(port => port.Rules.OnAnnouncement(now));
        if (hasNetworkChanged || now >= _searchAt)
            await SearchAsync(now).ConfigureAwait(false);

        var next = _ports.Select(port => (Port: port, Step: port.Rules.GetNext(now))).OrderBy(static each => each.Step.At).FirstOrDefault();
        if (next.Port is not null && next.Step.At <= now)
        {
            await TakeAsync(next.Port, next.Step, cancellationToken).ConfigureAwait(false);
            return; // What is due by now comes first, so that one state has all of it.
        }

        Publish(isOver: false);
        var until = next.Port is not null && next.Step.At < _searchAt ? next.Step.At : _searchAt;
        await wake.WaitAsync(until - now, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private (Task Wake, bool HasNetworkChanged, bool HasAnnouncement) TakeNews()
    {
        lock (_lock)
        {
            if (_wake.Task.IsCompleted)
                _wake = NewSignal();
            var news = (_wake.Task, _hasNetworkChanged, _hasAnnouncement);
            (_hasNetworkChanged, _hasAnnouncement) = (false, false);
            return news;
        }
    }

    /// <summary>Looks for the gateways, and drops the ports of those that are gone.</summary>
    private async Task SearchAsync(TimeSpan now)
    {
        var targets = _options.FindTargets(_options.Listeners, _methods.Contains(PortMappingMethod.Pcp));
        var gone = _ports.Where(port => !targets.Contains(port.Target)).ToList();
        _ports.RemoveAll(gone.Contains);
        foreach (var target in targets.Where(target => _ports.TrueForAll(port => port.Target != target)))
        {
            ImmutableArray<PortMappingMethod> methods = target.Local.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? [PortMappingMethod.Pcp] : _methods;
            _ports.Add(new Port(target, new PortMappingRules(methods, now)));
        }

        lock (_lock)
            _gateways = [.. _ports.Select(static port => port.Gateway)];
        _searchAt = now + (_ports.Count == 0 ? FirstSearchInterval : SearchInterval);
        await RemoveAllAsync(gone).ConfigureAwait(false);
    }

    private async Task TakeAsync(Port port, PortMappingStep step, CancellationToken cancellationToken)
    {
        port.Rules.OnAsked(Now);
        try
        {
            var client = _getClient(step.Method);
            if (step.Action == PortMappingAction.Check)
                port.Rules.OnChecked(Now, await client.CheckAsync(port.ToRequest(), cancellationToken).ConfigureAwait(false));
            else
                port.Rules.OnMapped(Now, await client.MapAsync(port.ToRequest(), cancellationToken).ConfigureAwait(false));
        }
        catch (GatewayException exception)
        {
            port.Rules.OnFailed(Now, exception.Failure, exception.Message, exception.Lasts);
        }
    }

    private async Task RemoveAllAsync(IReadOnlyList<Port> ports)
    {
        using var timeout = new CancellationTokenSource(RemovalTime, _time);
        foreach (var port in ports.Where(static port => port.Rules.Held is not null))
        {
            try
            {
                await _getClient(port.Rules.Method).RemoveAsync(port.ToRequest(), timeout.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is GatewayException or OperationCanceledException)
            {
                LogNotRemoved(_logger, port.Target.Local, exception is GatewayException ? exception.Message : "no answer in time");
            }
        }
    }

    /// <summary>Tells the state if it has changed.</summary>
    private void Publish(bool isOver)
    {
        var next = new PortMappingState
        {
            Mappings = [.. _ports.Select(static port => port.ToMapping()).OfType<PortMapping>()],
            Failures =
            [
                .. _ports.Where(static port => port.Rules is { Held: null, Failure: not null })
                    .Select(static port => Invariant($"Port {port.Target.Local.Port} of {port.Target.Local.Address} is not mapped at {port.Gateway}: {port.Rules.Failure}.")),
                .. _ports.Count == 0 && !isOver ? ["No port is mapped: this machine has no gateway for the addresses of its listeners."] : (string[])[],
            ],
        };
        PortMappingState before;
        lock (_lock)
        {
            before = _state;
            if (next.Equals(before))
                return;
            _state = next;
        }

        Log(before, next);
        try
        {
            _options.OnChanged?.Invoke(next);
        }
        catch (Exception exception)
        {
            LogCallbackFailed(_logger, exception);
        }
    }

    private void Log(PortMappingState before, PortMappingState next)
    {
        foreach (var lost in before.Mappings.Except(next.Mappings))
            LogEnded(_logger, lost);
        foreach (var mapping in next.Mappings.Except(before.Mappings))
        {
            LogMapped(_logger, mapping);
            if (!mapping.IsPublic)
                LogNotPublic(_logger, mapping.Gateway, mapping.External);
        }

        foreach (var failure in next.Failures.Except(before.Failures, StringComparer.Ordinal))
            LogNotMapped(_logger, failure);
    }

    private bool TryObserve()
    {
        try
        {
            NetworkChange.NetworkAddressChanged += OnNetworkAddressChanged;
            return true;
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException)
        {
            return false; // The gateways are looked for every minute.
        }
    }

    private void OnNetworkAddressChanged(object? sender, EventArgs e) => NoteNetworkChange();

    /// <summary>Handles an announcement. It concerns all ports: a router has several addresses, and announces itself from any of them.</summary>
    private void OnAnnouncement(IPAddress sender)
    {
        lock (_lock)
        {
            if (!_gateways.Contains(sender))
                return;
            _hasAnnouncement = true;
            _wake.TrySetResult();
        }
    }

    private sealed class Port(PortMappingTarget target, PortMappingRules rules)
    {
        private readonly ImmutableArray<byte> _nonce = [.. RandomNumberGenerator.GetBytes(PcpCodec.NonceLength)];

        public PortMappingTarget Target => target;

        public PortMappingRules Rules => rules;

        public IPAddress Gateway => target.Gateway;

        public GatewayRequest ToRequest() => new(target, _nonce, rules.LastExternal, PortMappingRules.Lifetime);

        public PortMapping? ToMapping() => rules.Held is { } held
            ? new(rules.Method, target.Gateway, target.Local, new NetworkEndPoint(NetworkAddress.FromIPAddress(held.External.Address), (ushort)held.External.Port))
            : null;
    }
}
