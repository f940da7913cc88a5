using System.Buffers;

namespace Connmgr.Bitcoin;

/// <summary>The messages of one peer that wait for its handler, in order, as copies. Used by the peer's loop only.</summary>
internal sealed class HeldMessages(HeldBytes bytes, ArrayPool<byte> pool)
{
    private readonly Queue<HeldMessage> _messages = new();

    /// <summary>True when no message waits.</summary>
    public bool IsEmpty => _messages.Count == 0;

    /// <summary>Adds a copy of a message, if there is room for it.</summary>
    public bool TryAdd(in BitcoinMessage message, in MessagePlan plan)
    {
        var length = message.Payload.Length;
        if (!bytes.TryAdd(length))
            return false;

        var copy = pool.Rent(length);
        message.Payload.CopyTo(copy);
        _messages.Enqueue(new(message with { Payload = copy.AsMemory(0, length) }, plan, copy, Pong: null));
        return true;
    }

    /// <summary>Adds the pong that answers a ping, which is then complete in its turn.</summary>
    public bool TryAddPong(PendingPing ping)
    {
        if (!bytes.TryAdd(0))
            return false;

        _messages.Enqueue(new(default, default, [], ping));
        return true;
    }

    /// <summary>Takes the oldest message. Call <see cref="Release"/> once it is handled.</summary>
    public HeldMessage Take() => _messages.Dequeue();

    /// <summary>Returns the memory of a message that was taken.</summary>
    public void Release(in HeldMessage held)
    {
        if (held.Buffer.Length > 0)
            pool.Return(held.Buffer);
        bytes.Remove(held.Message.Payload.Length);
    }

    /// <summary>Drops all messages.</summary>
    public void Clear()
    {
        while (_messages.TryDequeue(out var held))
            Release(held);
    }
}

/// <summary>A message that waits for its handler.</summary>
/// <param name="Message">The message.</param>
/// <param name="Plan">The plan of the message.</param>
/// <param name="Buffer">The buffer of its payload.</param>
/// <param name="Pong">The ping that it answers, instead of a message; null for a message.</param>
internal readonly record struct HeldMessage(BitcoinMessage Message, MessagePlan Plan, byte[] Buffer, PendingPing? Pong);
