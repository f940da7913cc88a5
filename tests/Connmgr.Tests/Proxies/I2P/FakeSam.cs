using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Connmgr.Tests.Proxies;

/// <summary>An I2P router in memory, as far as its SAM bridge goes: sessions of it reach each other. Outlives its connections.</summary>
internal sealed class FakeSam
{
    private readonly Lock _lock = new();
    private readonly List<string> _commands = [];
    private readonly List<FakeSamConnection> _connections = [];
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private int _keys;

    /// <summary>Answers a command in place of the rest: a text, which needs no line end; empty for none; null to leave it to the rest.</summary>
    public Func<string, string?>? Instead { get; set; }

    /// <summary>The commands after whose answer the connection ends.</summary>
    public Func<string, bool>? EndsAfter { get; set; }

    /// <summary>The number of bytes that a read gets at most.</summary>
    public Func<int>? PieceSize { get; init; }

    /// <summary>True for connections whose reads end only with them.</summary>
    public bool IgnoresTokens { get; init; }

    /// <summary>False when STREAM CONNECT takes destinations alone, as of routers of old.</summary>
    public bool TakesNames { get; init; } = true;

    /// <summary>What reads of connections that have ended wait for; null for nothing.</summary>
    public Task? LastRead { get; set; }

    /// <summary>True when nobody listens.</summary>
    public bool IsDown { get; set; }

    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_lock)
                return [.. _commands];
        }
    }

    public IReadOnlyList<FakeSamConnection> Connections
    {
        get
        {
            lock (_lock)
                return [.. _connections];
        }
    }

    /// <summary>The number of connections that are open.</summary>
    public int OpenCount => Connections.Count(static connection => !connection.IsDisposed);

    /// <summary>The addresses of the sessions there are.</summary>
    public IReadOnlyList<NetworkAddress> Addresses
    {
        get
        {
            lock (_lock)
                return [.. _sessions.Values.Select(static session => session.Address)];
        }
    }

    /// <summary>Makes a private key: a destination of 391 bytes, and 288 more.</summary>
    public static byte[] GetKey(int seed)
    {
        byte[] key = [.. Enumerable.Range(0, 679).Select(i => (byte)(SHA256.HashData(BitConverter.GetBytes(seed))[i % 32] ^ i))];
        byte[] certificate = [5, 0, 4, 0, 7, 0, 0]; // Ed25519 and ElGamal.
        certificate.CopyTo(key, 384);
        return key;
    }

    public static string GetDestination(byte[] key) => I2PDestination.Encode(key.AsSpan(0, 391));

    public static NetworkAddress GetAddress(byte[] key)
    {
        Assert.True(I2PDestination.TryGetAddress(key, out var address));
        return address;
    }

    public ValueTask<Stream> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (IsDown)
                throw new IOException("nobody listens");
            var connection = new FakeSamConnection(this, PieceSize);
            _connections.Add(connection);
            return new ValueTask<Stream>(connection);
        }
    }

    /// <summary>Ends everything, as a router that is killed.</summary>
    public void Kill()
    {
        foreach (var connection in Connections)
            connection.End();
        lock (_lock)
            _sessions.Clear();
    }

    /// <summary>Connects another program, with a key of its own, to an address; returns its end of the stream.</summary>
    public FakeSamConnection Visit(NetworkAddress address, byte[] visitor)
    {
        lock (_lock)
            return Find(address)!.Meet(GetDestination(visitor)) ?? throw new InvalidOperationException("nobody waits there");
    }

    /// <summary>True when somebody waits for peers at an address.</summary>
    public bool HasAcceptor(NetworkAddress address)
    {
        lock (_lock)
            return Find(address) is { Acceptors.Count: > 0 };
    }

    internal void Receive(FakeSamConnection connection, string command)
    {
        lock (_lock)
        {
            _commands.Add(command);
            var answer = Instead?.Invoke(command) ?? Answer(connection, command);
            if (answer.Length > 0)
                connection.Send($"{answer}\n");
            if (EndsAfter?.Invoke(command) == true || answer is "STREAM STATUS RESULT=INVALID_KEY")
                connection.End(); // As i2pd.
        }
    }

    internal void Forget(FakeSamConnection connection)
    {
        lock (_lock)
        {
            foreach (var (id, session) in _sessions)
            {
                session.Acceptors.RemoveAll(acceptor => acceptor == connection);
                if (session.Control == connection)
                    _sessions.Remove(id);
            }
        }
    }

    private string Answer(FakeSamConnection connection, string command)
    {
        Assert.True(SamReply.TryParse(command, out var words), command);
        return (words.Topic, words.Kind) switch
        {
            ("HELLO", "VERSION") => "HELLO REPLY RESULT=OK VERSION=3.1",
            ("DEST", "GENERATE") => $"DEST REPLY PUB=x PRIV={I2PDestination.Encode(GetKey(1000 + _keys++))}",
            ("SESSION", "CREATE") => Create(connection, words["ID"]!, words["DESTINATION"]!),
            ("NAMING", "LOOKUP") => NetworkAddress.TryParse(words["NAME"]!, out var address) && Find(address) is { } found
                ? $"NAMING REPLY RESULT=OK NAME={words["NAME"]} VALUE={GetDestination(found.Key)}"
                : $"NAMING REPLY RESULT=KEY_NOT_FOUND NAME={words["NAME"]}",
            ("STREAM", "CONNECT") => Connect(connection, words["ID"]!, words["DESTINATION"]!),
            ("STREAM", "ACCEPT") => Accept(connection, words["ID"]!),
            _ => "I2P ERROR",
        };
    }

    private string Create(FakeSamConnection connection, string id, string destination)
    {
        byte[]? key;
        if (destination is "TRANSIENT")
            key = GetKey(_keys++);
        else if (!I2PDestination.TryDecode(destination, out key) || !I2PDestination.IsPrivateKey(key))
            return "SESSION STATUS RESULT=INVALID_KEY";
        _sessions.Add(id, new Session(connection, key));
        return $"SESSION STATUS RESULT=OK DESTINATION={I2PDestination.Encode(key)}";
    }

    private string Connect(FakeSamConnection connection, string id, string destination)
    {
        if (!_sessions.TryGetValue(id, out var session))
            return "STREAM STATUS RESULT=INVALID_ID";
        if (!NetworkAddress.TryParse(destination, out var address))
            Assert.True(I2PDestination.TryDecode(destination, out var bytes) && I2PDestination.TryGetAddress(bytes, out address), destination);
        else if (!TakesNames)
            return "STREAM STATUS RESULT=INVALID_KEY";
        if (Find(address)?.Meet(GetDestination(session.Key)) is not { } other)
            return "STREAM STATUS RESULT=CANT_REACH_PEER";
        connection.Join(other);
        return "STREAM STATUS RESULT=OK";
    }

    private string Accept(FakeSamConnection connection, string id)
    {
        if (!_sessions.TryGetValue(id, out var session))
            return "STREAM STATUS RESULT=INVALID_ID MESSAGE=\"no such session\"";
        session.Acceptors.Add(connection);
        return "STREAM STATUS RESULT=OK";
    }

    private Session? Find(NetworkAddress address) => _sessions.Values.FirstOrDefault(session => session.Address == address);

    private sealed class Session(FakeSamConnection control, byte[] key)
    {
        public FakeSamConnection Control => control;

        public byte[] Key => key;

        public NetworkAddress Address { get; } = GetAddress(key);

        public List<FakeSamConnection> Acceptors { get; } = [];

        /// <summary>Gives a caller to the one that waits longest.</summary>
        public FakeSamConnection? Meet(string destination)
        {
            if (Acceptors is not [var first, ..])
                return null;
            Acceptors.RemoveAt(0);
            first.Send($"{destination} FROM_PORT=0 TO_PORT=0\n");
            return first;
        }
    }
}

/// <summary>The program's end of a connection to a <see cref="FakeSam"/>.</summary>
internal sealed class FakeSamConnection(FakeSam router, Func<int>? pieceSize) : AsyncOnlyStream
{
    private readonly Pipe _incoming = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly Lock _lock = new();
    private readonly StringBuilder _line = new();
    private FakeSamConnection? _peer;
    private bool _isJoined;
    private bool _hasEnded;

    public bool IsDisposed { get; private set; }


    /// <summary>Sends bytes to the program.</summary>
    public void Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    /// <summary>Ends the connection from the router's side.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_hasEnded)
                return;
            _hasEnded = true;
            _incoming.Writer.Complete();
        }

        router.Forget(this);
    }

    /// <summary>Makes both ends of a stream each other's.</summary>
    public void Join(FakeSamConnection other)
    {
        (_peer, other._peer) = (other, this);
        _isJoined = other._isJoined = true;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        var result = await _incoming.Reader.ReadAsync(router.IgnoresTokens ? CancellationToken.None : cancellationToken);
        if (result.IsCompleted && router.LastRead is { } last)
            await last;
        var length = (int)Math.Min(Math.Min(buffer.Length, result.Buffer.Length), pieceSize?.Invoke() ?? int.MaxValue);
        result.Buffer.Slice(0, length).CopyTo(buffer.Span);
        _incoming.Reader.AdvanceTo(result.Buffer.GetPosition(length));
        return length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (_isJoined)
        {
            _peer?.Send(buffer.ToArray());
            return ValueTask.CompletedTask;
        }

        _line.Append(Encoding.Latin1.GetString(buffer.Span));
        while (_line.ToString() is var text && text.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0)
        {
            _line.Remove(0, end + 1);
            router.Receive(this, text[..end]);
        }

        return ValueTask.CompletedTask;
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        End();
        _peer?.End();
        base.Dispose(disposing);
    }

    private void Send(byte[] bytes)
    {
        lock (_lock)
        {
            if (_hasEnded)
                return;
            bytes.CopyTo(_incoming.Writer.GetSpan(bytes.Length));
            _incoming.Writer.Advance(bytes.Length);
            _ = _incoming.Writer.FlushAsync(CancellationToken.None).AsTask();
        }
    }
}
