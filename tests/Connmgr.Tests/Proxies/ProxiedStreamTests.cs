using System.Net;

namespace Connmgr.Tests.Proxies;

public sealed class ProxiedStreamTests
{
    /// <summary>Checks a regression: what the stream owns, such as the claim of an address, was kept for ever when the inner stream threw.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dispose_TheInnerStreamThrows_DisposesWhatItOwnsAndThrows(bool isAsync)
    {
        var owned = new Owned();
        var stream = new ProxiedStream(new ThrowingStream(), new IPEndPoint(IPAddress.Loopback, 1), owned: owned);

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            if (isAsync)
                await stream.DisposeAsync();
            else
                stream.Dispose();
        });

        Assert.True(owned.IsDisposed);
    }

    private sealed class Owned : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class ThrowingStream : MemoryStream
    {
        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            throw new IOException("The other end is gone.");
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            throw new IOException("The other end is gone.");
        }
    }
}
