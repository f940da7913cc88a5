using System.Net;
using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>
/// Keeps the answers to getaddr for 21 to 27 hours each, so that repeated requests reveal no more of the address book than one answer (as
/// in Bitcoin Core). Reads no clock. Thread-safe.
/// </summary>
internal sealed class AnswerCache
{
    /// <summary>
    /// The number of answers from which further ones are shared within a network. A host may have so many local addresses that peers could
    /// fill the memory.
    /// </summary>
    internal const int MaxKeys = 32;

    private static readonly TimeSpan ShortestLife = TimeSpan.FromHours(21);
    private static readonly TimeSpan LifeSpread = TimeSpan.FromHours(6);

    private readonly Lock _lock = new();
    private readonly Dictionary<AnswerKey, (AddressAnswer Answer, TimeSpan Until)> _answers = [];

    /// <summary>The number of answers kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _answers.Count;
        }
    }

    /// <summary>Finds the answer that is kept for a key.</summary>
    /// <returns>Null if there is none, or if it has expired.</returns>
    public AddressAnswer? Find(AnswerKey key, TimeSpan now)
    {
        lock (_lock)
            return FindLocked(FitLocked(key, now), now);
    }

    /// <summary>Keeps a new answer, unless another thread has added one meanwhile.</summary>
    /// <param name="key">The key of the peer.</param>
    /// <param name="answer">The new answer.</param>
    /// <param name="now">The present.</param>
    /// <param name="fraction">A random number from 0 to 1 that decides how long the answer is kept.</param>
    /// <returns>The answer to send.</returns>
    public AddressAnswer Keep(AnswerKey key, AddressAnswer answer, TimeSpan now, double fraction)
    {
        lock (_lock)
        {
            key = FitLocked(key, now);
            if (FindLocked(key, now) is { } earlier)
                return earlier;
            _answers[key] = (answer, now + ShortestLife + LifeSpread * fraction);
            return answer;
        }
    }

    private AddressAnswer? FindLocked(AnswerKey key, TimeSpan now) =>
        _answers.TryGetValue(key, out var kept) && now < kept.Until ? kept.Answer : null;

    /// <summary>
    /// Gets the key under which an answer is kept: the key itself or, when there are too many, that of the peer's network.
    /// </summary>
    private AnswerKey FitLocked(AnswerKey key, TimeSpan now)
    {
        if (_answers.Count >= MaxKeys && !_answers.ContainsKey(key))
        {
            foreach (var (old, kept) in _answers)
            {
                if (now >= kept.Until)
                    _answers.Remove(old);
            }
        }

        return _answers.Count < MaxKeys || _answers.ContainsKey(key) ? key : key with { LocalEndPoint = null };
    }
}

/// <summary>
/// Identifies the peers that get the same answer to getaddr. A peer that reaches the node at two addresses must not learn from equal
/// answers that it is one node.
/// </summary>
/// <param name="Network">The network of the peer; null when its address is private, local (such as Tor's) or unknown.</param>
/// <param name="LocalEndPoint">The address at which the peer reached the node; null when it is unknown, or there are too many.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AnswerKey(AddressNetwork? Network, EndPoint? LocalEndPoint)
{
    public static AnswerKey Create(EndPoint? remote, EndPoint? local) =>
        new(NetworkEndPoint.TryFromEndPoint(remote, out var peer) && peer.Address.ToCjdns() is { IsRoutable: true } address ? address.Network : null, local);
}

/// <summary>An answer to getaddr, encoded in both forms.</summary>
/// <param name="Addr">The payload of an addr; null when this form can hold none of the addresses.</param>
/// <param name="AddrV2">The payload of an addrv2; null when there are no addresses.</param>
internal sealed record AddressAnswer(byte[]? Addr, byte[]? AddrV2)
{
    public static AddressAnswer Create(ReadOnlySpan<PeerAddress> addresses) =>
        new(Encode(MessageCommand.Addr, addresses), Encode(MessageCommand.AddrV2, addresses));

    private static byte[]? Encode(MessageCommand command, ReadOnlySpan<PeerAddress> addresses) =>
        AddressMessage.Encode(command, addresses) is [var payload] ? payload : null;
}
