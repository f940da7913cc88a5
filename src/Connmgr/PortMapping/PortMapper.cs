using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Security.Cryptography;
using Connmgr.Rules;
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

    /// <summary>The time between two searches for gateways, however often the network changes: a host of the LAN may cause any number of changes.</summary>
    public static readonly TimeSpan SearchPause = TimeSpan.FromSeconds(1);

    /// <summary>The changes of the state that are logged at once, before there is one in each <see cref="LogPause"/>: a gateway may cause any number.</summary>
    public const int MaxLogged = 10;

    /// <summary>See <see cref="MaxLogged"/>.</summary>
    public static readonly TimeSpan LogPause = TimeSpan.FromMinutes(10);

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
    private readonly TokenBucket _logs = new(MaxLogged, 1 / LogPause.TotalSeconds);
    private TimeSpan _searchAt;
    private TimeSpan? _searchedAt; // The time of the last search.
    private bool _asksAll; // True when all ports are asked for after the next search, since the network has changed.
    private PortMappingState _logged = new(); // The last state that was logged.

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
        var receiving = _options.AnnouncementPort is { } port && _options.GetListeners().Count > 0
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

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task StepAsync(CancellationToken cancellationToken)
    {
        var (wake, hasNetworkChanged, hasAnnouncement) = TakeNews();
        var now = Now;
        if (hasAnnouncement)
            _ports.ForEach(port => port.Rules.OnAnnouncement(now));
        if (hasNetworkChanged)
            (_asksAll, _searchAt) = (true, Earlier(_searchAt, _searchedAt + SearchPause ?? now));
        if (now >= _searchAt)
            await SearchAsync(now).ConfigureAwait(false);

        var next = _ports.Select(port => (Port: port, Step: port.Rules.GetNext(now))).OrderBy(static each => each.Step.At).FirstOrDefault();
        if (next.Port is not null && next.Step.At <= now)
        {
            await TakeAsync(next.Port, next.Step, cancellationToken).ConfigureAwait(false);
            return; // What is due by now comes first, so that one state has all of it.
        }

        Publish(isOver: false);
        var until = next.Port is not null ? Earlier(next.Step.At, _searchAt) : _searchAt;
        await wake.WaitAsync(TimerWait.RoundUp(until - now), _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        ImmutableArray<PortMappingTarget> targets;
        try
        {
            targets = _options.FindTargets(_options.GetListeners(), _methods.Contains(PortMappingMethod.Pcp));
        }
        catch (IOException)
        {
            (_searchedAt, _searchAt) = (now, now + FirstSearchInterval); // Nothing is known to be gone: the ports stay.
            return;
        }

        var gone = _ports.Where(port => !targets.Contains(port.Target)).ToList();
        _ports.RemoveAll(gone.Contains);
        foreach (var target in targets.Where(target => _ports.TrueForAll(port => port.Target != target)))
        {
            ImmutableArray<PortMappingMethod> methods = target.Local.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? [PortMappingMethod.Pcp] : _methods;
            _ports.Add(new Port(target, new PortMappingRules(methods, now)));
        }

        if (_asksAll)
            _ports.ForEach(port => port.Rules.OnAnnouncement(now));
        lock (_lock)
            _gateways = [.. _ports.Select(static port => port.Gateway)];
        (_asksAll, _searchedAt) = (false, now);
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
            {
                port.Rules.OnChecked(Now, await client.CheckAsync(port.ToRequest(), cancellationToken).ConfigureAwait(false));
                return;
            }

            port.Unsettled = step.Method;
            var answer = await client.MapAsync(port.ToRequest(), cancellationToken).ConfigureAwait(false);
            port.Rules.OnMapped(Now, answer);
            if (port.Rules.Held is null)
                await RemoveAllAsync([port]).ConfigureAwait(false); // The answer was of no use.
            port.Unsettled = null;
        }
        catch (GatewayException exception)
        {
            port.Unsettled = null;
            port.Rules.OnFailed(Now, exception.Failure, exception.Message, exception.Lasts);
        }
    }

    /// <summary>Removes the mappings of ports, at once and in a limited time. There are few: <see cref="GatewayFinder.MaxPorts"/>, some addresses each.</summary>
    private async Task RemoveAllAsync(IReadOnlyList<Port> ports)
    {
        using var timeout = new CancellationTokenSource(RemovalTime, _time);
        await Task.WhenAll(ports.Select(port => RemoveAsync(port, timeout.Token))).ConfigureAwait(false);
    }

    private async Task RemoveAsync(Port port, CancellationToken cancellationToken)
    {
        if ((port.Rules.Held is null ? port.Unsettled : port.Rules.Method) is not { } method)
            return;
        try
        {
            await _getClient(method).RemoveAsync(port.ToRequest(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is GatewayException or OperationCanceledException)
        {
            LogNotRemoved(_logger, port.Target.Local, exception is GatewayException ? exception.Message : "no answer in time");
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
                .. _ports.Count == 0 && !isOver ? [DescribeNone()] : (string[])[],
            ],
        };
        Log(next, isOver);
        PortMappingState before;
        lock (_lock)
        {
            before = _state;
            if (next.Equals(before))
                return;
            _state = next;
        }

        try
        {
            _options.OnChanged?.Invoke(next);
        }
        catch (Exception exception)
        {
            LogCallbackFailed(_logger, exception);
        }
    }

    private string DescribeNone() => _options.GetListeners().Count == 0
        ? "No port is mapped: no listener needs it, since each accepts from this machine alone or is of an overlay. Listen on 0.0.0.0, for example."
        : "No port is mapped: this machine has no gateway for the addresses of its listeners.";

    /// <summary>Logs the differences from the state that was logged last. Those that come too fast are logged together later.</summary>
    private void Log(PortMappingState next, bool isOver)
    {
        var before = _logged;
        if (next.Equals(before) || !(isOver || _logs.TryTake(Now)))
            return;
        _logged = next;
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

        /// <summary>The method of a request that may have made a mapping that the rules do not hold. Null for none.</summary>
        public PortMappingMethod? Unsettled { get; set; }

        public GatewayRequest ToRequest() => new(target, _nonce, rules.LastExternal, PortMappingRules.Lifetime);

        public PortMapping? ToMapping() => rules.Held is { } held
            ? new(rules.Method, target.Gateway, target.Local, new NetworkEndPoint(NetworkAddress.FromIPAddress(held.External.Address), (ushort)held.External.Port))
            : null;
    }
}
