using System.Net;
using BenchmarkDotNet.Attributes;
using Connmgr.Rules;
using Microsoft.Extensions.Logging.Abstractions;

namespace Connmgr.Benchmarks;

/// <summary>
/// Events of the pure rules, with 8 connections. A replacement is three: the connection ended, the source gave an address, its dial succeeded.
/// </summary>
[MemoryDiagnoser]
public class RulesBenchmarks
{
    private const int Target = 8;

    private ConnectionRules _rules = NewRules();
    private Link? _link;
    private TimeSpan _now;
    private int _next;

    [GlobalSetup]
    public void Fill()
    {
        _rules = NewRules();
        _rules.Start(_now);
        for (var i = 0; i < Target; i++)
            _link = ConnectNext();
    }

    [Benchmark]
    public int Replace()
    {
        _now += TimeSpan.FromTicks(1000);
        _rules.ConnectionEnded(_link!, new DisconnectReason(DisconnectCause.HandlerCompleted), _now);
        _link = ConnectNext();
        return _rules.AutomaticEstablished;
    }

    [Benchmark]
    public int TickWithNothingDue()
    {
        _rules.Tick(_now);
        return _rules.Effects.Count;
    }

    [Benchmark]
    public bool DisconnectUnknown() => _rules.Disconnect(long.MaxValue, triggerReconnect: false, _now);

    private static ConnectionRules NewRules()
    {
        var options = new ConnectionManagerOptions
        {
            Dial = static (_, _) => throw new NotSupportedException(),
            GetNewAddress = static _ => throw new NotSupportedException(),
            MaxOutboundPerNetgroup = int.MaxValue,
            DialBurst = int.MaxValue,
            DialsPerSecond = int.MaxValue,
            RetryDuration = TimeSpan.FromMilliseconds(1),
        }.Normalize();
        return new(RulesOptionsFactory.Create(options, new GuardedCallbacks(options, NullLogger.Instance)), new IdSequence());
    }

    /// <summary>Lets the source return an address and its dial succeed.</summary>
    private Link ConnectNext()
    {
        _rules.Effects.Clear();
        var n = ++_next;
        _rules.SourceAnswered(new Candidate(new IPEndPoint(new IPAddress([(byte)(20 + (n >> 16 & 63)), (byte)(n >> 8), (byte)n, 1]), 8333)), _now);
        var link = _rules.Effects.Find(static effect => effect.Kind == EffectKind.Dial).Link;
        _rules.Effects.Clear();
        _rules.DialSucceeded(link, remoteEndPoint: null, _now);
        _rules.Effects.Clear();
        return link;
    }
}
