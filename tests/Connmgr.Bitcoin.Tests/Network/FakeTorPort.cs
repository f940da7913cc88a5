using System.IO.Pipelines;
using System.Text;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>A control port of Tor's in memory, as far as one onion service needs it.</summary>
internal static class FakeTorPort
{
    public const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";

    public static string Key { get; } = $"ED25519-V3:{Convert.ToBase64String(new byte[64])}";

    /// <summary>Connects to it.</summary>
    /// <param name="socksPort">The port on which it claims to listen for SOCKS.</param>
    /// <param name="ended">Ends the connection, as a Tor that is restarted does.</param>
    public static ValueTask<Stream> ConnectAsync(int socksPort = 9150, Task? ended = null)
    {
        var port = new Port(socksPort);
        _ = ended is null ? Task.CompletedTask : port.EndAfterAsync(ended);
        return new(port);
    }

    private sealed class Port(int socksPort) : AsyncOnlyStream
    {
        private readonly Pipe _answers = new();

        public async Task EndAfterAsync(Task ended)
        {
            await ended;
            await _answers.Writer.CompleteAsync();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _answers.Reader.AsStream(leaveOpen: true).ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var answer = Encoding.ASCII.GetString(buffer.Span).Split(' ', '\r')[0] switch
            {
                "PROTOCOLINFO" => "250-AUTH METHODS=NULL\r\n250 OK\r\n",
                "GETINFO" => $"250-net/listeners/socks=\"127.0.0.1:{socksPort}\"\r\n250 OK\r\n",
                "ADD_ONION" => $"250-ServiceID={Onion[..^".onion".Length]}\r\n250-PrivateKey={Key}\r\n250 OK\r\n",
                _ => "250 OK\r\n",
            };
            await _answers.Writer.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
        }
    }
}
