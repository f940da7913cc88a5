using System.Collections.Concurrent;

namespace Connmgr.Bitcoin;

/// <summary>
/// Recognizes connections of a node to itself: the nonces of its outbound handshakes under way. The inbound end sees the nonce and ends the
/// connection; the outbound end, which sees no more than that, learns here why, so that its address can be held to be our own. Thread-safe.
/// </summary>
internal sealed class SelfDetector
{
    private readonly ConcurrentDictionary<ulong, bool> _metItself = new();

    /// <summary>An outbound handshake begins.</summary>
    public void Begin(ulong nonce) => _metItself[nonce] = false;

    /// <summary>An outbound handshake has ended.</summary>
    public void End(ulong nonce) => _metItself.TryRemove(nonce, out _);

    /// <summary>Whether an inbound peer's nonce is one of ours; if so, marks it.</summary>
    public bool IsOurs(ulong nonce) => _metItself.TryUpdate(nonce, newValue: true, comparisonValue: false) || HasMetItself(nonce);

    /// <summary>Whether an inbound handshake has seen the nonce.</summary>
    public bool HasMetItself(ulong nonce) => _metItself.TryGetValue(nonce, out var met) && met;
}
