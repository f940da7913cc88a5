using Connmgr.Bitcoin;
using Connmgr.Testing;
using Questions;

// The answers of docs/guides/questions.md, run one after the other on networks in memory.
await using (var node = new TlsNode())
await using (var network = new PeerNetwork(node.CreateOptions()))
{
    await network.StartAsync();
    var peer = await network.GetPeerAsync();
    Console.WriteLine($"TLS: {peer.RemoteEndPoint}  {peer.Version.UserAgent}  {peer.Connection!.Stream.GetType().Name}");
}

await using (var sandbox = new SandboxNetwork(new() { BlockInterval = TimeSpan.FromSeconds(1) }))
{
    var options = Choices.WithServices();
    sandbox.Attach(options);
    await using var network = new PeerNetwork(options);
    var watch = Conversations.TellWhyPeersLeaveAsync(network);
    await network.StartAsync();
    await network.WhenFullAsync();
    await Conversations.ReceiveFromAllAsync(network, count: 10);
    await Conversations.SendToAllAsync(network, [0]); // An inventory of nothing.
    Console.WriteLine($"best height: {Conversations.GetBestHeight(network)}");
    await Conversations.RotateAsync(network);
    network.Peers[0].Close("an example");
    await network.StopAsync();
    await watch;
}
