using System.Collections.Concurrent;
using Connmgr.Bitcoin;
using Connmgr.Hosting.Tests.Support;
using Connmgr.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Connmgr.Hosting.Tests.Handlers;

/// <summary>A handler for each peer, in a scope that lives as long as its connection.</summary>
public class PeerHandlerTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handlers_AreOnePerPeer_ShareItsScope_AndEndWithIt()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        var diary = new Diary();
        await using var host = new TestHost((services, _) =>
        {
            services.AddSingleton(diary).AddScoped<PeerFacts>();
            services.AddBitcoinPeers(settings => settings.TargetOutbound = 3).In(sandbox)
                .ConfigureNetwork((_, options) => options.ConfigureGossip = gossip => gossip.ForwardMessages = true)
                .AddPeerHandler<FirstHandler>().AddPeerHandler<SecondHandler>();
        });
        await host.StartAsync();
        await TestHost.SoonAsync(host.Services.GetRequiredService<PeerNetwork>().WhenFullAsync(Cancellation));
        await Eventually.TrueAsync(() => diary.Messages.Values.Count(count => count > 0) == 3);

        Assert.Equal(3, diary.Made.Count);
        Assert.All(diary.Made, facts => Assert.Equal(2, facts.Handlers)); // Both got the same scoped service.
        Assert.Empty(diary.Ended);
        var manager = host.Services.GetRequiredService<ConnectionManager>();
        var first = (await manager.GetSnapshotAsync(Cancellation)).Connections[0].Connection;
        first.Close();
        await Eventually.TrueAsync(() => diary.Ended.Contains((BitcoinPeer)first.UserState!));
        Assert.DoesNotContain(diary.Ended, peer => !ReferenceEquals(peer, first.UserState));

        await host.StopAsync();
        Assert.Equal(diary.Made.Count, diary.Disposed); // Those too whose peer went before a handler had it.
    }

    [Fact]
    public async Task AHandlerThatFails_EndsItsConnectionAndItsScope()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        var diary = new Diary { Fails = true };
        await using var host = new TestHost((services, _) =>
        {
            services.AddSingleton(diary).AddScoped<PeerFacts>();
            services.AddBitcoinPeers(settings => settings.TargetOutbound = 1).In(sandbox).AddPeerHandler<FirstHandler>();
        });
        await host.StartAsync();
        await Eventually.TrueAsync(() => !diary.Ended.IsEmpty);
        await host.StopAsync();
        Assert.Equal(diary.Made.Count, diary.Disposed); // Those too whose peer went before a handler had it.
    }

    [Fact]
    public async Task Delegates_AreCalledInOrder_BeforeTheHandlers_AndAfterTheOptionsOwn()
    {
        await using var sandbox = new SandboxNetwork(TestHost.Calm);
        var (calls, done) = (new ConcurrentQueue<string>(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var host = new TestHost((services, _) => services.AddBitcoinPeers(settings => settings.TargetOutbound = 1).In(sandbox)
            .OnPeer((_, _) => Note("first"))
            .OnPeer((_, _) => Note("second"))
            .OnMessage((_, _, _) => Note("message 1"))
            .OnMessage((_, _, _) =>
            {
                done.TrySetResult();
                return Note("message 2");
            })
            .ConfigureNetwork((_, options) =>
            {
                options.ConfigureGossip = gossip => gossip.ForwardMessages = true;
                options.OnPeer = (_, _) => Note("options");
                options.OnMessage = (_, _, _) => Note("message 0");
            }));
        await host.StartAsync();
        await TestHost.SoonAsync(done.Task);
        await host.StopAsync();
        Assert.Equal(["options", "first", "second", "message 0", "message 1", "message 2"], calls.Take(6), StringComparer.Ordinal);

        ValueTask Note(string what)
        {
            calls.Enqueue(what);
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task UseHandler_OfAManager_HasAScopeForEachConnection()
    {
        var (diary, dialer) = (new Diary(), new SwitchedDialer());
        await using var host = new TestHost((services, _) =>
        {
            services.AddSingleton(diary).AddScoped<PeerFacts>();
            services.AddConnectionManager((_, options) => options.Dial = dialer.DialAsync)
                .Configure(settings => settings.TargetOutbound = 0)
                .UseHandler<ConnectionHandler>()
                .AddPermanentPeer("192.0.2.1:1")
                .AddPermanentPeer("192.0.2.2:1");
        });
        await host.StartAsync();
        await TestHost.SoonAsync(host.Services.GetRequiredService<ConnectionManager>().WhenFullAsync(Cancellation));
        await Eventually.TrueAsync(() => diary.Handled.Count == 2);
        Assert.Equal(2, diary.Made.Count);
        Assert.Equal(0, diary.Disposed);
        await host.StopAsync();
        Assert.Equal(2, diary.Disposed);
    }

    internal sealed class Diary
    {
        public bool Fails { get; init; }

        public ConcurrentBag<PeerFacts> Made { get; } = [];

        public ConcurrentBag<BitcoinPeer> Ended { get; } = [];

        public ConcurrentDictionary<BitcoinPeer, int> Messages { get; } = new();

        public ConcurrentBag<Connection> Handled { get; } = [];

        public int Disposed;
    }

    internal sealed class PeerFacts : IAsyncDisposable
    {
        private readonly Diary _diary;

        public PeerFacts(Diary diary)
        {
            _diary = diary;
            diary.Made.Add(this);
        }

        public int Handlers { get; set; }

        public BitcoinPeer? Peer { get; set; }

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref _diary.Disposed);
            if (Peer is not null)
                _diary.Ended.Add(Peer);
            return ValueTask.CompletedTask;
        }
    }

    internal sealed class FirstHandler(PeerFacts facts, Diary diary) : IPeerHandler
    {
        public ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken)
        {
            facts.Handlers++;
            facts.Peer = peer;
            return diary.Fails ? throw new InvalidOperationException("It was to fail.") : ValueTask.CompletedTask;
        }

        public ValueTask OnMessageAsync(BitcoinPeer peer, BitcoinMessage message, CancellationToken cancellationToken)
        {
            Assert.Same(facts.Peer, peer);
            diary.Messages.AddOrUpdate(peer, 1, static (_, count) => count + 1);
            return ValueTask.CompletedTask;
        }
    }

    internal sealed class SecondHandler(PeerFacts facts) : IPeerHandler
    {
        public ValueTask OnPeerAsync(BitcoinPeer peer, CancellationToken cancellationToken)
        {
            facts.Handlers++;
            return ValueTask.CompletedTask;
        }
    }

    internal sealed class ConnectionHandler(PeerFacts facts, Diary diary) : IConnectionHandler
    {
        public async Task HandleAsync(Connection connection, CancellationToken cancellationToken)
        {
            facts.Handlers++;
            diary.Handled.Add(connection);
            await connection.Closed;
        }
    }
}
