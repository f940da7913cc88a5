namespace Connmgr.Bitcoin;

/// <summary>Finds the messages of one transport in the bytes that have arrived. Used by one reader; not thread-safe.</summary>
internal abstract class FrameDecoder : IDisposable
{
    /// <summary>Takes the next message if it has arrived.</summary>
    /// <returns>Null if it has not arrived, or is to be skipped; the latter counts as handed out.</returns>
    /// <exception cref="BitcoinProtocolException">The bytes break a rule, so that the stream can't be used any more.</exception>
    public abstract BitcoinMessage? TryTake(ReceiveBuffer buffer);

    /// <summary>
    /// Computes the size of the buffer that the current message needs in the end, and the number of its bytes that are missing.
    /// </summary>
    /// <param name="arrived">The number of bytes that have arrived.</param>
    public abstract (int Buffer, int Missing) GetNeed(int arrived);

    /// <summary>Creates the exception for a stream that ends within a message.</summary>
    /// <param name="arrived">The number of bytes that have arrived.</param>
    public abstract BitcoinProtocolException CreateTruncated(int arrived);

    /// <summary>Releases what the decoder holds, and wipes its secrets.</summary>
    public abstract void Dispose();
}
