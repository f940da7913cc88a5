using Connmgr.Bitcoin;

namespace Connmgr.Testing.Tests;

/// <summary>The sample of docs/guides/sandbox.md, as it stands there.</summary>
public sealed class SandboxGuideTests
{
    // snippet: guide
    [Fact]
    public async Task Manager_InTheSandbox_FindsAPeer()
    {
        await using var sandbox = new SandboxNetwork(new() { Seed = 1 });
        var bitcoin = new BitcoinProtocol(new() { Chain = SandboxNetwork.Chain });
        var found = new TaskCompletionSource<BitcoinPeer>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var manager = new ConnectionManager(new()
        {
            Dial = sandbox.DialAsync,
            AddressSource = sandbox.AddressSource,
            Handshake = bitcoin.HandshakeAsync,
            OnConnection = (_, connection, token) =>
            {
                found.TrySetResult((BitcoinPeer)connection.UserState!);
                return BitcoinProtocol.RunAsync(connection, (_, _, _) => default, token);
            },
        });
        await manager.StartAsync();

        var peer = await found.Task;
        Assert.StartsWith("/", peer.Version.UserAgent);

        await manager.StopAsync();
        await sandbox.DisposeAsync();
        sandbox.Network.EnsureNoLeaks();
    }
    // end
}
