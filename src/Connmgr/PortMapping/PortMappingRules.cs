using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using Connmgr.Rules;

namespace Connmgr;

/// <summary>
/// Decides what to ask a gateway for one port, when, and what the answers mean. Pure: the caller passes the time and asks.
/// </summary>
/// <remarks>
/// A mapping is asked for by each method in turn until one works, and then renewed at half of its lifetime. In between, a check every 5 minutes
/// finds a gateway that has restarted or has another address; an announcement of the gateway has the same effect at once. A gateway that does not
/// answer three times in a row, or refuses, has lost the mapping: its address is withdrawn, and all begins again.
/// </remarks>
/// <param name="methods">The methods to try, in this order; at least one.</param>
/// <param name="now">The present time.</param>
internal sealed class PortMappingRules(ImmutableArray<PortMappingMethod> methods, TimeSpan now)
{
    /// <summary>The lifetime to ask for, as in Bitcoin Core.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(40);

    /// <summary>The shortest lifetime to accept. A shorter one would cost more requests than a mapping is worth.</summary>
    public static readonly TimeSpan ShortestLifetime = TimeSpan.FromMinutes(1);

    /// <summary>The time between two signs of life of the gateway.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(5);

    /// <summary>The pause after a missing answer about a mapping.</summary>
    public static readonly TimeSpan MissedPause = TimeSpan.FromSeconds(30);

    /// <summary>The shortest pause between two requests that a host of the local network can cause.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(10);

    /// <summary>The requests that a host of the local network can cause so soon, before there is one in each <see cref="CheckInterval"/>.</summary>
    public const int MaxEarly = 6;

    /// <summary>The first pause after all methods have failed, as in Bitcoin Core. Each is twice as long as the one before.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(5);

    /// <summary>The longest pause after all methods have failed, and the longest that a gateway can ask for.</summary>
    public static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(30);

    /// <summary>The missing answers after which a mapping counts as lost.</summary>
    public const int MaxMissed = 3;

    /// <summary>The longest lifetime to believe in (RFC 6887, 15).</summary>
    private static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(24);

    private readonly List<string> _failures = []; // Of this round.
    private readonly TokenBucket _early = new(MaxEarly, 1 / CheckInterval.TotalSeconds);
    private int _index; // Of the method that is tried, or that has worked.
    private TimeSpan _dueAt = now;
    private TimeSpan _renewAt;
    private TimeSpan? _askedAt;
    private TimeSpan _retry = FirstRetry;
    private TimeSpan? _askedToWait; // The longest that a method of this round asked for.
    private bool _mustRenew;
    private int _missed; // Answers in a row.
    private GatewayEpoch? _epoch; // Of the last answer about the mapping.

    /// <summary>The mapping that the gateway holds; null for none.</summary>
    public MappingAnswer? Held { get; private set; }

    /// <summary>The time at which <see cref="Held"/> ends.</summary>
    public TimeSpan ExpiresAt { get; private set; }

    /// <summary>The external address that the gateway gave last; asked for again after a loss.</summary>
    public IPEndPoint? LastExternal { get; private set; }

    /// <summary>The reasons why the port is not mapped; null while it is, or before the first round has ended.</summary>
    public string? Failure { get; private set; }

    /// <summary>The method that is tried, or that has worked.</summary>
    public PortMappingMethod Method => methods[_index];

    /// <summary>Gets the next step. After its time, the caller takes it: <see cref="OnAsked"/>, then one of the others.</summary>
    /// <param name="now">The present time.</param>
    public PortMappingStep GetNext(TimeSpan now)
    {
        if (Held is not null && now >= ExpiresAt)
            Lose(now, "the mapping was not renewed in time");
        return Held is null
            ? new(PortMappingAction.Map, Method, _dueAt)
            : new(_mustRenew || _dueAt >= _renewAt ? PortMappingAction.Map : PortMappingAction.Check, Method, TimeSpan.FromTicks(Math.Min(_dueAt.Ticks, ExpiresAt.Ticks)));
    }

    /// <summary>Notes that the gateway is asked.</summary>
    public void OnAsked(TimeSpan now) => _askedAt = now;

    /// <summary>Handles the answer that the port is mapped.</summary>
    public void OnMapped(TimeSpan now, MappingAnswer answer)
    {
        var lifetime = answer.Lifetime < LongestLifetime ? answer.Lifetime : LongestLifetime;
        if (FindFault(answer.External, lifetime) is { } fault)
        {
            OnFailed(now, GatewayFailure.Refused, fault);
            return;
        }

        (Held, LastExternal, Failure) = (answer with { Lifetime = lifetime }, answer.External, null);
        (ExpiresAt, _renewAt) = (now + lifetime, now + (lifetime / 2));
        (_missed, _retry, _mustRenew) = (0, FirstRetry, false);
        _epoch = answer.Epoch is { } seconds ? new GatewayEpoch(seconds, now) : null;
        _failures.Clear();
        _askedToWait = null;
        CheckLater(now);
    }

    /// <summary>Handles the answer about the mapping.</summary>
    public void OnChecked(TimeSpan now, CheckAnswer answer)
    {
        if (Held is null)
            return;
        var epoch = answer.Epoch is { } seconds ? new GatewayEpoch(seconds, now) : (GatewayEpoch?)null;
        var isReset = _epoch is { } before && epoch is { } later && before.IsReset(later);
        (_epoch, _missed) = (epoch ?? _epoch, 0);
        if (!answer.IsMapped || isReset || (answer.Address is { } address && !address.Equals(Held.External.Address)))
            (_mustRenew, _dueAt) = (true, now);
        else
            CheckLater(now);
    }

    /// <summary>Handles a failure.</summary>
    /// <param name="now">The present time.</param>
    /// <param name="failure">The kind of failure.</param>
    /// <param name="reason">The reason, for the user.</param>
    /// <param name="lasts">The time for which the gateway says that it lasts; null if it says none.</param>
    public void OnFailed(TimeSpan now, GatewayFailure failure, string reason, TimeSpan? lasts = null)
    {
        if (Held is not null)
        {
            if (failure == GatewayFailure.NoAnswer && ++_missed < MaxMissed)
                _dueAt = now + MissedPause;
            else
                Lose(now, reason);
            return;
        }

        _failures.Add($"{GetName(Method)}: {reason}");
        _askedToWait = lasts > (_askedToWait ?? TimeSpan.Zero) ? lasts : _askedToWait;
        if (_index + 1 < methods.Length)
        {
            (_index, _dueAt) = (_index + 1, now);
            return;
        }

        Failure = string.Join("; ", _failures);
        _failures.Clear();
        var pause = _askedToWait > _retry ? _askedToWait.Value : _retry;
        (_index, _dueAt, _askedToWait) = (0, now + (pause < LongestRetry ? pause : LongestRetry), null);
        _retry = _retry * 2 < LongestRetry ? _retry * 2 : LongestRetry;
    }

    /// <summary>Handles an announcement of the gateway: it has restarted, or has another address. Any host of the local network can send one. A change of the machine's network counts as one.</summary>
    public void OnAnnouncement(TimeSpan now)
    {
        _mustRenew = Held is not null;
        var soon = GetSoon(now);
        if (soon < _dueAt && _early.TryTake(now))
            _dueAt = soon;
    }

    /// <summary>Gets the name of a method as users know it.</summary>
    public static string GetName(PortMappingMethod method) => method switch
    {
        PortMappingMethod.Pcp => "PCP",
        PortMappingMethod.NatPmp => "NAT-PMP",
        PortMappingMethod.Upnp => "UPnP",
        _ => method.ToString(),
    };

    /// <summary>Finds the reason for which a mapping is of no use.</summary>
    private static string? FindFault(IPEndPoint external, TimeSpan lifetime)
    {
        if (external.Address.Equals(IPAddress.Any) || external.Address.Equals(IPAddress.IPv6Any))
            return "it has no external address";
        if (external.Port == 0)
            return "it gave no port";
        return lifetime < ShortestLifetime ? Invariant($"it gave a lifetime of {lifetime.TotalSeconds:0} s") : null;
    }

    private void CheckLater(TimeSpan now) => _dueAt = now + CheckInterval < _renewAt ? now + CheckInterval : _renewAt;

    private void Lose(TimeSpan now, string reason)
    {
        (Held, Failure) = (null, $"{GetName(Method)}: {reason}");
        (_index, _missed, _mustRenew, _epoch) = (0, 0, false, null);
        _dueAt = GetSoon(now);
    }

    private TimeSpan GetSoon(TimeSpan now) => _askedAt + ShortestPause is { } earliest && earliest > now ? earliest : now;
}

/// <summary>A step of <see cref="PortMappingRules"/>. Immutable.</summary>
/// <param name="Action">The action.</param>
/// <param name="Method">The method by which to ask.</param>
/// <param name="At">The time of the step.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PortMappingStep(PortMappingAction Action, PortMappingMethod Method, TimeSpan At);

/// <summary>The actions of a <see cref="PortMappingStep"/>.</summary>
internal enum PortMappingAction
{
    /// <summary>Ask for the mapping, or renew it.</summary>
    Map,

    /// <summary>Ask whether the gateway still has the mapping and the address.</summary>
    Check,
}
