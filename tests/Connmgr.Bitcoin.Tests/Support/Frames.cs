namespace Connmgr.Bitcoin.Tests;

/// <summary>Bytes of messages on regtest.</summary>
internal static class Frames
{
    public static ChainParameters Chain => ChainParameters.Regtest;

    public static VersionMessage PeerVersion { get; } = new()
    {
        ProtocolVersion = 70016,
        Services = NodeServices.Network | NodeServices.Witness,
        Timestamp = 1_700_000_000,
        Nonce = 0xfeed_beef_0bad_cafe,
        UserAgent = "/Peer:1.0/",
        StartHeight = 812_345,
    };

    public static byte[] Of(string command, params ReadOnlySpan<byte> payload) => Of(new MessageCommand(command), payload);

    public static byte[] Of(MessageCommand command, params ReadOnlySpan<byte> payload)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        FrameHeader.Create(FrameHeader.GetMagic(Chain), command, payload).Write(frame);
        payload.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }

    public static byte[] Of(VersionMessage version) => Of(MessageCommand.Version, version.Encode());

    public static byte[] Nonce(string command, ulong nonce) => Of(command, BitConverter.GetBytes(nonce));

    /// <summary>Encodes all messages of a peer's handshake.</summary>
    public static byte[] Handshake(VersionMessage? version = null) =>
        [.. Of(version ?? PeerVersion), .. Of("wtxidrelay"), .. Of("sendaddrv2"), .. Of("verack")];

    /// <summary>Reads the messages in some bytes.</summary>
    public static async Task<List<(string Command, byte[] Payload)>> ReadAllAsync(byte[] bytes)
    {
        using var reader = new FrameReader(new MemoryStream(bytes), Chain);
        var messages = new List<(string, byte[])>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { } message)
            messages.Add((message.Command.ToString(), message.Payload.ToArray()));

        return messages;
    }

    public static async Task<List<string>> CommandsAsync(byte[] bytes) =>
        [.. (await ReadAllAsync(bytes)).Select(message => message.Command)];
}
