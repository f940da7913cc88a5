using System.IO.Pipelines;
using System.Text;

namespace Connmgr.Bitcoin.Tests.Network;

/// <summary>A control port of Tor's in memory, as far as one onion service needs it.</summary>
internal static class FakeTorPort
{
    public const string Onion = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion";

    public static string Key { get; } = $"ED25519-V3:{Convert.ToBase64String(new byte[64])}";

    public static ValueTask<Stream> ConnectAsync() => new(new Port());

    private sealed class Port : Stream
    {
        private readonly Pipe _answers = new();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _answers.Reader.AsStream(leaveOpen: true).ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var answer = Encoding.ASCII.GetString(buffer.Span).Split(' ', '\r')[0] switch
            {
                "PROTOCOLINFO" => "250-AUTH METHODS=NULL\r\n250 OK\r\n",
                "GETINFO" => "250-net/listeners/socks=\"127.0.0.1:9150\"\r\n250 OK\r\n",
                "ADD_ONION" => $"250-ServiceID={Onion[..^".onion".Length]}\r\n250-PrivateKey={Key}\r\n250 OK\r\n",
                _ => "250 OK\r\n",
            };
            await _answers.Writer.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
