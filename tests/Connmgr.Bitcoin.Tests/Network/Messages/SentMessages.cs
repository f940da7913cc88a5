namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>What is sent to a peer on a stream after its handshake, message by message.</summary>
internal sealed class SentMessages
{
    private readonly SemaphoreSlim _written = new(0);
    private FakeStream? _stream;
    private int _read;

    /// <summary>Called after each write.</summary>
    public void Wrote() => _written.Release();

    /// <summary>Begins after the handshake.</summary>
    public void Begin(FakeStream stream) => (_stream, _read) = (stream, stream.Written.Length);

    /// <summary>Waits for the next message, which was written at once.</summary>
    public async Task<(string Command, byte[] Payload)> NextAsync()
    {
        while (Rest().Length == 0)
            Assert.True(await _written.WaitAsync(TestPeers.Patience, TestContext.Current.CancellationToken));
        var messages = await Frames.ReadAllAsync(Rest());
        _read += FrameHeader.Size + messages[0].Payload.Length;
        return messages[0];
    }

    /// <summary>Gets the bytes that were written and not read yet.</summary>
    public byte[] Rest() => _stream!.Written[_read..];
}
