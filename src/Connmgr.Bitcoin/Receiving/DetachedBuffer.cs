using System.Buffers;

namespace Connmgr.Bitcoin;

/// <summary>A buffer that a reader has given away with a message in it, and the memory that the reader had for it.</summary>
/// <param name="pool">The pool of the buffer.</param>
/// <param name="buffer">The buffer.</param>
/// <param name="lease">The lease that is charged for it; null if it costs nothing.</param>
internal sealed class DetachedBuffer(ArrayPool<byte> pool, byte[] buffer, ReceiveLease? lease)
{
    /// <summary>Returns the buffer. Call it once, when the message is handled.</summary>
    public void Release()
    {
        pool.Return(buffer);
        lease?.Release();
    }
}
