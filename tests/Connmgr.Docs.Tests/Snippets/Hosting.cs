using Connmgr.Bitcoin;
using Connmgr.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Connmgr.Docs.Tests.Snippets;

/// <summary>The code of docs/guides/hosting.md.</summary>
internal static class Hosting
{
    public static void Start(string[] args)
    {
        // snippet: start
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddBitcoinPeers(builder.Configuration.GetSection("BitcoinPeers"))
            .AddPeerHandler<BlockWatcher>()
            .AddHealthCheck();
        builder.Build().Run();
        // end
    }

    public static void Several(HostApplicationBuilder builder)
    {
        // snippet: several
        builder.Services.AddBitcoinPeers("mainnet", builder.Configuration.GetSection("Mainnet"));
        builder.Services.AddBitcoinPeers("signet", builder.Configuration.GetSection("Signet"));
        // end
    }

    public static void Manager(HostApplicationBuilder builder)
    {
        // snippet: manager
        builder.Services.AddConnectionManager(builder.Configuration.GetSection("ConnectionManager"))
            .UseAddressSource<WorkList>()
            .UseHandler<Probe>();
        // end
    }

    // snippet: handler
    internal sealed class BlockWatcher(BlockStore store) : IPeerHandler, IAsyncDisposable
    {
        private int _blocks;

        public async ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken token)
        {
            if (message.Command == new MessageCommand("block"))
                await store.TakeAsync(++_blocks, message.Payload, token);
        }

        public ValueTask DisposeAsync() => store.LeftAsync(_blocks); // The peer is gone.
    }
    // end

    // snippet: several
    internal sealed class Explorer([FromKeyedServices("mainnet")] PeerNetwork mainnet, [FromKeyedServices("signet")] PeerNetwork signet)
    // end
    {
        public (PeerNetwork, PeerNetwork) Both => (mainnet, signet);
    }

    internal sealed class WorkList : IAddressSource
    {
        public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) => ValueTask.FromResult<Candidate?>(null);

        public void ReportOutcome(in AttemptOutcome outcome)
        {
            // It is done, or goes back.
        }
    }

    internal sealed class Probe : IConnectionHandler
    {
        public async Task HandleAsync(Connection connection, CancellationToken cancellationToken) => await connection.Closed;
    }

    internal sealed class BlockStore
    {
        public int Taken { get; private set; }

        public ValueTask TakeAsync(int number, ReadOnlyMemory<byte> block, CancellationToken cancellationToken)
        {
            Taken += block.IsEmpty || cancellationToken.IsCancellationRequested ? 0 : number;
            return ValueTask.CompletedTask;
        }

        public ValueTask LeftAsync(int blocks)
        {
            Taken += blocks;
            return ValueTask.CompletedTask;
        }
    }
}
