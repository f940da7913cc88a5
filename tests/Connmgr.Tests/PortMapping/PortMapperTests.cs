using System.Collections.Immutable;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.PortMapping;

public sealed class PortMapperTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly IPAddress Gateway = IPAddress.Parse("192.168.77.1");
    private static readonly PortMappingTarget Target = new(Gateway, IPEndPoint.Parse("192.168.77.2:8333"));
    private static readonly PortMappingTarget Target6 = new(IPAddress.Parse("fe80::1"), IPEndPoint.Parse("[2a01:4f8:1::2]:8333"));

    private readonly FakeTimeProvider _clock = new();
    private readonly FakeLogCollector _log = new();
    private readonly FakeGateway _pcp = new(PortMappingMethod.Pcp);
    private readonly FakeGateway _natPmp = new(PortMappingMethod.NatPmp);
    private readonly FakeGateway _upnp = new(PortMappingMethod.Upnp);
    private readonly Channel<PortMappingState> _states = Channel.CreateUnbounded<PortMappingState>();
    private ImmutableArray<PortMappingTarget> _targets = [Target];
    private int _searches;
    private bool _isUnreadable;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_MapsEachPort_TellsOneState_AndRemovesThemAtTheEnd()
    {
        _targets = [Target, Target6];
        await using var run = Start();
        var first = await _pcp.NextAsync(Token);
        Assert.Equal("Pcp map 192.168.77.2:8333", $"{first}");
        Assert.Null(first.Request.External);
        first.Map("24.0.0.1:8333");
        (await _pcp.NextAsync(Token)).Map("[2a01:4f8:1::2]:8333");

        var state = await _states.Reader.ReadAsync(Token);

        Assert.Equal(
            ["24.0.0.1:8333 to 192.168.77.2:8333 by Pcp at 192.168.77.1", "[2a01:4f8:1::2]:8333 to [2a01:4f8:1::2]:8333 by Pcp at fe80::1"],
            state.Mappings.Select(static mapping => $"{mapping}"),
            StringComparer.Ordinal);
        Assert.Empty(state.Failures);
        Assert.Same(state, run.Mapper.State);

        var stopping = run.StopAsync();
        var removal = await _pcp.NextAsync(Token);
        Assert.Equal(("remove", first.Request.Nonce), (removal.Action, removal.Request.Nonce)); // Only the same nonce may remove it.
        removal.Remove();
        (await _pcp.NextAsync(Token)).Remove();
        await stopping;
        Assert.Equal(new PortMappingState(), await _states.Reader.ReadAsync(Token));
        Assert.Equal(["PortMapped", "PortMapped", "PortMappingEnded", "PortMappingEnded"], Logged(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task RunAsync_PcpIsNotSpoken_MapsByNatPmp()
    {
        await using var run = Start();
        (await _pcp.NextAsync(Token)).Fail(GatewayFailure.Refused, "refused (UnsupportedVersion)");

        (await _natPmp.NextAsync(Token)).Map("24.0.0.1:9000");

        Assert.Equal(PortMappingMethod.NatPmp, Assert.Single((await _states.Reader.ReadAsync(Token)).Mappings).Method);
        await run.StopAsync(_natPmp);
    }

    [Fact]
    public async Task RunAsync_NeitherPcpNorNatPmpIsSpoken_MapsByUpnp()
    {
        await using var run = Start();
        (await _pcp.NextAsync(Token)).Fail();
        (await _natPmp.NextAsync(Token)).Fail();

        (await _upnp.NextAsync(Token)).Map("24.0.0.1:9000");

        Assert.Equal(PortMappingMethod.Upnp, Assert.Single((await _states.Reader.ReadAsync(Token)).Mappings).Method);
        await run.StopAsync(_upnp);
    }

    [Fact]
    public async Task RunAsync_NothingWorks_TellsWhy_AndTriesAgainAfterFiveMinutes()
    {
        await using var run = Start();
        (await _pcp.NextAsync(Token)).Fail();
        (await _natPmp.NextAsync(Token)).Fail(GatewayFailure.Refused, "refused (NotAuthorized)");
        (await _upnp.NextAsync(Token)).Fail(GatewayFailure.Refused, "refused (error 606)");

        Assert.Equal(
            ["Port 8333 of 192.168.77.2 is not mapped at 192.168.77.1: PCP: no answer; NAT-PMP: refused (NotAuthorized); UPnP: refused (error 606)."],
            (await _states.Reader.ReadAsync(Token)).Failures,
            StringComparer.Ordinal);

        (await AdvanceToAsync(_pcp, TimeSpan.FromMinutes(5))).Map("24.0.0.1:8333");
        Assert.Empty((await _states.Reader.ReadAsync(Token)).Failures);
        Assert.Equal(["PortNotMapped", "PortMapped"], Logged(), StringComparer.Ordinal);
        await run.StopAsync(_pcp);
    }

    [Fact]
    public async Task NoteNetworkChange_WhileAPortWaits_TriesAtOnce()
    {
        await using var run = Start(PortMappingMethod.NatPmp);
        (await _natPmp.NextAsync(Token)).Fail();
        Assert.Single((await _states.Reader.ReadAsync(Token)).Failures);
        _clock.Advance(PortMappingRules.ShortestPause);

        run.Mapper.NoteNetworkChange();

        (await _natPmp.NextAsync(Token)).Map("24.0.0.1:8333"); // The clock stands still.
        Assert.Empty((await _states.Reader.ReadAsync(Token)).Failures);
        await run.StopAsync(_natPmp);
    }

    [Fact]
    public async Task RunAsync_AnotherAddressAtRenewal_WithdrawsTheOldOne()
    {
        await using var run = Start(PortMappingMethod.NatPmp);
        (await _natPmp.NextAsync(Token)).Map("24.0.0.1:8333");
        Assert.Equal("24.0.0.1:8333", $"{(await _states.Reader.ReadAsync(Token)).Mappings[0].External}");

        (await AdvanceToAsync(_natPmp, TimeSpan.FromMinutes(5))).Check(new CheckAnswer(IsMapped: true, IPAddress.Parse("24.0.0.9"), Epoch: 400));
        var renewal = await _natPmp.NextAsync(Token);
        Assert.Equal("24.0.0.1:8333", $"{renewal.Request.External}");
        renewal.Map("24.0.0.9:8333");

        Assert.Equal("24.0.0.9:8333", $"{Assert.Single((await _states.Reader.ReadAsync(Token)).Mappings).External}");
        await run.StopAsync(_natPmp);
    }

    [Fact]
    public async Task RunAsync_GatewayIsBehindAnotherNat_TellsThatNobodyCanConnect()
    {
        await using var run = Start();
        (await _pcp.NextAsync(Token)).Map("100.64.0.9:8333");

        Assert.False((await _states.Reader.ReadAsync(Token)).Mappings[0].IsPublic);

        Assert.Equal(["PortMapped", "PortMappingNotPublic"], Logged(), StringComparer.Ordinal);
        await run.StopAsync(_pcp);
    }

    [Fact]
    public async Task RunAsync_TheGatewayChanges_MapsAtTheNewOne()
    {
        await using var run = Start();
        (await _pcp.NextAsync(Token)).Map("24.0.0.1:8333");
        await _states.Reader.ReadAsync(Token);

        ImmutableInterlocked.InterlockedExchange(ref _targets, [Target with { Gateway = IPAddress.Parse("192.168.77.9") }]);
        var removal = await AdvanceToAsync(_pcp, TimeSpan.FromMinutes(1));
        Assert.Equal(("remove", Gateway), (removal.Action, removal.Request.Target.Gateway));
        removal.Fail();
        (await _pcp.NextAsync(Token)).Map("24.0.0.5:8333");

        Assert.Equal("192.168.77.9", $"{Assert.Single((await _states.Reader.ReadAsync(Token)).Mappings).Gateway}");
        await run.StopAsync(_pcp);
    }

    [Fact]
    public async Task RunAsync_NoGateway_TellsIt_UntilThereIsOne()
    {
        _targets = [];
        await using var run = Start();
        Assert.Equal(["No port is mapped: this machine has no gateway for the addresses of its listeners."], (await _states.Reader.ReadAsync(Token)).Failures, StringComparer.Ordinal);

        ImmutableInterlocked.InterlockedExchange(ref _targets, [Target]);
        (await AdvanceToAsync(_pcp, TimeSpan.FromSeconds(10))).Map("24.0.0.1:8333");

        while ((await _states.Reader.ReadAsync(Token)).Mappings.IsEmpty)
        {
            // The search comes first.
        }

        await run.StopAsync(_pcp);
    }

    /// <summary>Interfaces that can't be read, because no file can be opened for example, say nothing about the gateways.</summary>
    [Fact]
    public async Task RunAsync_TheInterfacesCanNotBeRead_KeepsTheMapping()
    {
        await using var run = Start();
        (await _pcp.NextAsync(Token)).Map("24.0.0.1:8333");
        var state = await _states.Reader.ReadAsync(Token);
        Volatile.Write(ref _isUnreadable, true);
        var before = Volatile.Read(ref _searches);
        run.Mapper.NoteNetworkChange();
        await AdvanceUntilAsync(() => Volatile.Read(ref _searches) >= before + 2);

        Assert.Same(state, run.Mapper.State);
        await run.StopAsync(_pcp);
    }

    [Fact]
    public async Task RunAsync_TheGatewayIsSilentAtTheEnd_TheStopWaitsTwoSeconds()
    {
        await using var run = Start();
        (await _pcp.NextAsync(Token)).Map("24.0.0.1:8333");
        await _states.Reader.ReadAsync(Token);
        var stopping = run.StopAsync();
        await _pcp.NextAsync(Token);

        _clock.Advance(TimeSpan.FromSeconds(2));

        await stopping;
    }

    [Fact]
    public async Task RunAsync_StopWhileAMappingIsAskedFor_RemovesIt()
    {
        await using var run = Start(PortMappingMethod.NatPmp);
        var asked = await _natPmp.NextAsync(Token);

        var stopping = run.StopAsync();

        var removal = await _natPmp.NextAsync(Token);
        Assert.Equal(("remove", asked.Request.Target), (removal.Action, removal.Request.Target));
        removal.Remove();
        await stopping;
        Assert.Empty(Logged());
    }

    [Fact]
    public async Task RunAsync_Stop_RemovesAllAtOnce()
    {
        _targets = [Target, Target6];
        await using var run = Start();
        (await _pcp.NextAsync(Token)).Map("24.0.0.1:8333");
        (await _pcp.NextAsync(Token)).Map("[2a01:4f8:1::2]:8333");
        await _states.Reader.ReadAsync(Token);

        var stopping = run.StopAsync();

        FakeGateway.Call[] removals = [await _pcp.NextAsync(Token), await _pcp.NextAsync(Token)]; // None is answered yet.
        Assert.Equal([Target, Target6], removals.Select(static removal => removal.Request.Target));
        removals[0].Fail();
        removals[1].Remove();
        await stopping;
    }

    [Fact]
    public async Task RunAsync_GatewayWithoutAnExternalAddress_TellsIt_AndTakesTheMappingBack()
    {
        await using var run = Start(PortMappingMethod.Pcp);
        (await _pcp.NextAsync(Token)).Map("0.0.0.0:8333");

        var removal = await _pcp.NextAsync(Token);
        Assert.Equal("Pcp remove 192.168.77.2:8333", $"{removal}");
        removal.Remove();

        Assert.Equal(
            ["Port 8333 of 192.168.77.2 is not mapped at 192.168.77.1: PCP: it has no external address."], (await _states.Reader.ReadAsync(Token)).Failures, StringComparer.Ordinal);
        Assert.Equal(["PortNotMapped"], Logged(), StringComparer.Ordinal);
        await run.StopAsync();
    }

    [Fact]
    public async Task RunAsync_NoListenerNeedsAMapping_TellsIt()
    {
        _targets = [];
        await using var run = Start(listeners: []);

        Assert.StartsWith("No port is mapped: no listener needs it,", Assert.Single((await _states.Reader.ReadAsync(Token)).Failures), StringComparison.Ordinal);
        await run.StopAsync();
    }

    [Fact]
    public async Task NoteNetworkChange_WithoutEnd_SearchesOnceASecond()
    {
        await using var run = Start();
        var start = _clock.GetUtcNow();
        (await _pcp.NextAsync(Token)).Map("24.0.0.1:8333");
        await _states.Reader.ReadAsync(Token);

        var before = Volatile.Read(ref _searches);
        while (_clock.GetUtcNow() - start < TimeSpan.FromSeconds(5))
        {
            for (var i = 0; i < 10; i++)
            {
                run.Mapper.NoteNetworkChange();
                await Task.Yield();
            }

            _clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(Volatile.Read(ref _searches) - before, 0, 6);
        await AdvanceUntilAsync(() => Volatile.Read(ref _searches) > before); // The last change is heard.

        await run.StopAsync(_pcp);
    }

    [Fact]
    public async Task RunAsync_MappingsThatChangeWithoutEnd_AreLoggedAFewTimes()
    {
        await using var run = Start(PortMappingMethod.Pcp);
        (await _pcp.NextAsync(Token)).Map("24.0.0.1:8333");
        await _states.Reader.ReadAsync(Token);
        var start = _clock.GetUtcNow();
        for (var i = 2; i < 100; i++)
        {
            ImmutableInterlocked.InterlockedExchange(ref _targets, [Target with { Gateway = IPAddress.Parse($"192.168.77.{i}") }]);
            run.Mapper.NoteNetworkChange();
            (await AdvanceToAsync(_pcp, TimeSpan.FromSeconds(1))).Remove();
            (await _pcp.NextAsync(Token)).Map($"24.0.0.{i}:8333");
            await _states.Reader.ReadAsync(Token);
        }

        var later = (int)((_clock.GetUtcNow() - start) / PortMapper.LogPause) + 1; // Changes that were logged one by one.
        Assert.InRange(Logged().Length, 2 * (PortMapper.MaxLogged - 1), 2 * (PortMapper.MaxLogged + later));
        await run.StopAsync(_pcp);
        Assert.Equal("PortMappingEnded", Logged()[^1]); // The end is always told.
    }

    [Fact]
    public async Task OnChanged_Throws_TheMappingGoesOn()
    {
        await using var run = Start(onChanged: static _ => throw new InvalidOperationException("of the test"));
        (await _pcp.NextAsync(Token)).Map("24.0.0.1:8333");
        (await AdvanceToAsync(_pcp, TimeSpan.FromMinutes(5))).Check(new CheckAnswer(IsMapped: true, Address: null, Epoch: 400));

        await run.StopAsync(_pcp);

        Assert.Contains("PortMappingCallbackFailed", Logged(), StringComparer.Ordinal);
    }

    private Running Start(PortMappingMethod method = PortMappingMethod.Auto, Action<PortMappingState>? onChanged = null, IReadOnlyList<IPEndPoint>? listeners = null)
    {
        var mapper = new PortMapper(new PortMapperOptions
        {
            Method = method,
            GetListeners = () => listeners ?? [new IPEndPoint(IPAddress.Any, 8333)],
            FindTargets = (_, _) =>
            {
                Interlocked.Increment(ref _searches);
                return Volatile.Read(ref _isUnreadable) ? throw new IOException("of the test") : _targets;
            },
            GetClient = asked => asked == PortMappingMethod.Pcp ? _pcp : asked == PortMappingMethod.NatPmp ? _natPmp : _upnp,
            AnnouncementPort = null,
            ObserveNetworkChanges = false,
            OnChanged = onChanged ?? (state => _states.Writer.TryWrite(state)),
            TimeProvider = _clock,
            LoggerFactory = LoggerFactory.Create(builder => builder.AddProvider(new FakeLoggerProvider(_log)).SetMinimumLevel(LogLevel.Information)),
        });
        return new Running(mapper);
    }

    /// <summary>Lets time pass, a second at a time, until the gateway is asked, which is not before this.</summary>
    private async Task<FakeGateway.Call> AdvanceToAsync(FakeGateway gateway, TimeSpan atLeast)
    {
        var start = _clock.GetUtcNow();
        var next = gateway.NextAsync(Token);
        using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!next.IsCompleted)
        {
            Assert.False(deadline.IsCancellationRequested, $"Not asked within {Patience}.");
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token));
        }

        Assert.True(_clock.GetUtcNow() - start >= atLeast, $"after {_clock.GetUtcNow() - start}");
        return await next;
    }

    /// <summary>Lets time pass until something is so.</summary>
    private Task AdvanceUntilAsync(Func<bool> isSo) => Eventually.TrueAsync(() =>
    {
        if (isSo())
            return true;
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        return false;
    });

    private string[] Logged() => [.. _log.GetSnapshot().Select(static record => record.Id.Name!)];

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        private readonly Task _running;

        public Running(PortMapper mapper)
        {
            Mapper = mapper;
            _running = mapper.RunAsync(_stop.Token);
        }

        public PortMapper Mapper { get; }

        public async Task StopAsync()
        {
            await _stop.CancelAsync();
            await _running.WaitAsync(Patience, TimeProvider.System, Token);
        }

        /// <summary>Stops it, and answers the removal of its only mapping. What it asked for before is not answered any more.</summary>
        public async Task StopAsync(FakeGateway gateway)
        {
            var stopping = StopAsync();
            FakeGateway.Call call;
            do
                call = await gateway.NextAsync(Token).WaitAsync(Patience, TimeProvider.System, Token);
            while (call.Action is not "remove");
            call.Remove();
            await stopping;
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _stop.Dispose();
        }
    }
}
