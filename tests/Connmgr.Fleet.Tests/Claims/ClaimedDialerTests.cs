using System.Net;

namespace Connmgr.Fleet.Tests;

public sealed class ClaimedDialerTests : IAsyncLifetime
{
    private static readonly IPEndPoint Address = IPEndPoint.Parse("203.0.113.7:8333");

    private RedisServer? _redis;
    private FleetConnection? _fleet;
    private FleetConnection? _other;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _fleet = await _redis.JoinAsync();
        _other = await _redis.JoinAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var each in (IAsyncDisposable?[])[_fleet, _other, _redis])
        {
            if (each is not null)
                await each.DisposeAsync();
        }
    }

    [Fact]
    public async Task DialAsync_TheStreamCannotNameItsEnds_ClosesItAndReleasesTheAddress()
    {
        var stream = new NamelessStream();

        await Assert.ThrowsAsync<IOException>(async () => await _fleet!.Claims.Wrap((_, _) => ValueTask.FromResult<Stream>(stream))(Address, Token));

        Assert.False(stream.CanRead);
        Assert.Equal(0, _fleet!.Claims.Count);
    }

    [Fact]
    public async Task DialAsync_TheClaimIsLost_GivesUp()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var dial = _fleet!.Claims.Wrap(async (_, token) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return Stream.Null;
        })(Address, Token).AsTask();
        await begun.Task.WaitAsync(Token);

        await LoseAsync();

        var exception = await Assert.ThrowsAsync<ConnectFailedException>(() => dial);
        Assert.Equal((ConnectPhase.None, ConnectFailureCause.Unknown), (exception.Phase, exception.Cause));
    }

    [Fact]
    public async Task DialAsync_TheClaimIsLostAndTheDialSucceeds_ClosesTheStream()
    {
        var stream = new MemoryStream();

        await Assert.ThrowsAsync<ConnectFailedException>(async () => await _fleet!.Claims.Wrap(async (_, _) =>
        {
            await LoseAsync();
            return stream;
        })(Address, Token));

        Assert.False(stream.CanRead);
    }

    [Fact]
    public async Task OnLost_AfterTheDial_ClosesTheStream()
    {
        var stream = new MemoryStream();
        await using var claimed = await _fleet!.Claims.Wrap((_, _) => ValueTask.FromResult<Stream>(stream))(Address, Token);

        await LoseAsync();

        Assert.False(stream.CanRead);
    }

    private async Task LoseAsync()
    {
        await _other!.TakeAsync(Address);
        await _fleet!.Claims.ReclaimAsync(_fleet.Current.Token, Token);
    }

    private sealed class NamelessStream : MemoryStream, IStreamEndPoints
    {
        public EndPoint? LocalEndPoint => throw new IOException();

        public EndPoint? RemoteEndPoint => throw new IOException();
    }
}
