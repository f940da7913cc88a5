using System.Buffers;

namespace Connmgr.Testing;

/// <summary>The service of a host that sends nothing. Holds no buffer while nothing arrives.</summary>
internal static class SilentService
{
    private const int DrainSize = 4096;

    public static async Task RunAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            await stream.ReadAsync(Memory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            var buffer = ArrayPool<byte>.Shared.Rent(DrainSize);
            try
            {
                if (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) == 0) return;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
