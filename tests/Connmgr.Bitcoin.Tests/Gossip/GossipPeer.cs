namespace Connmgr.Bitcoin.Tests.Gossip;

/// <summary>A joined peer: what it says is given to the session, what it is sent is read from its stream.</summary>
internal sealed class GossipPeer(GossipSession session, FakeStream stream)
{
    public GossipSession Session => session;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async Task<GossipPeer> BeginAsync()
    {
        await session.StartAsync(Ct);
        return this;
    }

    /// <summary>Gives the session a message of the peer.</summary>
    /// <returns>True if it was handled.</returns>
    public ValueTask<bool> SaysAsync(string command, params byte[] payload) => session.HandleAsync(new(new(command), payload), Ct);

    /// <summary>Reads the messages that the peer was sent since the handshake.</summary>
    public async Task<List<(string Command, byte[] Payload)>> HeardAsync()
    {
        var messages = await Frames.ReadAllAsync(stream.Written);
        return messages[(messages.FindIndex(message => message.Command is "verack") + 1)..];
    }

    public async Task<List<string>> HeardCommandsAsync() => [.. (await HeardAsync()).Select(message => message.Command)];

    /// <summary>Reads the addresses that the peer was sent, with the command of their message.</summary>
    public async Task<List<(string Command, string Address)>> HeardAddressesAsync() =>
    [
        .. (await HeardAsync()).Where(message => AddressMessage.IsAddressCommand(new(message.Command))).SelectMany(message =>
            AddressMessage.Decode(new(message.Command), message.Payload).Select(address => (message.Command, address.EndPoint.ToString()))),
    ];
}
