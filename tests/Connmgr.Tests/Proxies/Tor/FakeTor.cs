using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Connmgr.Tests.Proxies;

/// <summary>A Tor in memory, as far as its control port goes. Outlives its connections, as a Tor's data directory does.</summary>
internal sealed class FakeTor
{
    public const string SocksListeners = "\"unix:/run/tor/socks\" \"10.0.0.1:9050\" \"127.0.0.1:9150\"";

    private static readonly byte[] ServerNonce = [.. Enumerable.Range(0, 32).Select(i => (byte)(255 - i))];

    private readonly Lock _lock = new();
    private readonly List<string> _commands = [];
    private readonly List<FakeTorConnection> _connections = [];

    /// <summary>What PROTOCOLINFO names.</summary>
    public string Methods { get; init; } = "NULL";

    public string? CookieFile { get; init; }

    public byte[] Cookie { get; init; } = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    /// <summary>The password it takes, quoted.</summary>
    public string QuotedPassword { get; init; } = "\"secret\"";

    public bool KnowsProofOfWork { get; init; } = true;

    public string Socks { get; init; } = SocksListeners;

    /// <summary>Answers a command in the place of the rest; null to leave it to that.</summary>
    public Func<string, string?>? Instead { get; init; }

    /// <summary>Whether it ends the connection after the answer that it just gave.</summary>
    public Func<bool>? EndsNow { get; init; }

    /// <summary>How many bytes a read gives at most.</summary>
    public Func<int>? PieceSize { get; init; }

    /// <summary>The addresses of its connections; null when they are not known, as of a unix socket.</summary>
    public (IPEndPoint Local, IPEndPoint Tor)? Ends { get; set; }

    /// <summary>Whether nobody listens.</summary>
    public bool IsDown { get; set; }

    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_lock)
                return [.. _commands];
        }
    }

    public IReadOnlyList<FakeTorConnection> Connections
    {
        get
        {
            lock (_lock)
                return [.. _connections];
        }
    }

    /// <summary>A key that Tor could make, and its service: the name is not derived from the key, but goes with it.</summary>
    public static string GetKey(byte seed) => $"ED25519-V3:{Convert.ToBase64String([.. Enumerable.Repeat(seed, 64)])}";

    public static string GetService(string key) => GetNetworkAddress(SHA256.HashData(Encoding.ASCII.GetBytes(key))).ToString()[..^".onion".Length];

    public ValueTask<Stream> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var connection = new FakeTorConnection(Answer, EndsNow, PieceSize) { LocalEndPoint = Ends?.Local, RemoteEndPoint = Ends?.Tor };
            if (IsDown)
                throw new IOException("nobody listens");
            _connections.Add(connection);
            return new ValueTask<Stream>(connection);
        }
    }

    private static NetworkAddress GetNetworkAddress(byte[] key)
    {
        Assert.Equal(Bip155DecodeStatus.Decoded, NetworkAddress.ReadBip155(4, key, out var address));
        return address;
    }

    private string Answer(string command)
    {
        lock (_lock)
        {
            _commands.Add(command);
            if (Instead?.Invoke(command) is { } other)
                return other;
            var cookieFile = CookieFile is null ? string.Empty : $" COOKIEFILE={TorReplyText.Quote(CookieFile)}";
            return command.Split(' ')[0] switch
            {
                "PROTOCOLINFO" => $"250-PROTOCOLINFO 1\r\n250-AUTH METHODS={Methods}{cookieFile}\r\n250-VERSION Tor=\"0.4.9.11\"\r\n250 OK\r\n",
                "AUTHCHALLENGE" => Challenge(command.Split(' ')[2]),
                "AUTHENTICATE" => IsAuthentic(command) ? "250 OK\r\n" : "515 Authentication failed\r\n",
                "GETINFO" => $"250-net/listeners/socks={Socks}\r\n250 OK\r\n",
                "SETEVENTS" => "250 OK\r\n",
                "ADD_ONION" => AddOnion(command),
                _ => "510 Unrecognized command\r\n",
            };
        }
    }

    private byte[]? _clientNonce;

    private string Challenge(string hex)
    {
        _clientNonce = Convert.FromHexString(hex);
        var hash = TorAuthentication.ServerHash(Cookie, _clientNonce, ServerNonce);
        return $"250 AUTHCHALLENGE SERVERHASH={Convert.ToHexString(hash)} SERVERNONCE={Convert.ToHexString(ServerNonce)}\r\n";
    }

    private bool IsAuthentic(string command)
    {
        var proof = command["AUTHENTICATE".Length..].TrimStart();
        return Methods switch
        {
            "NULL" => proof.Length == 0,
            "COOKIE" => string.Equals(proof, Convert.ToHexString(Cookie), StringComparison.Ordinal),
            _ when proof.StartsWith('"') => string.Equals(proof, QuotedPassword, StringComparison.Ordinal),
            _ => _clientNonce is not null && string.Equals(
                proof, Convert.ToHexString(TorAuthentication.ControllerHash(Cookie, _clientNonce, ServerNonce)), StringComparison.Ordinal),
        };
    }

    private string AddOnion(string command)
    {
        if (!KnowsProofOfWork && command.Contains("PoWDefensesEnabled", StringComparison.Ordinal))
            return "512 Unrecognized argument\r\n";
        var key = command.Split(' ')[1];
        if (!key.StartsWith("NEW:", StringComparison.Ordinal))
            return string.Create(CultureInfo.InvariantCulture, $"250-ServiceID={GetService(key)}\r\n250 OK\r\n");
        var made = GetKey((byte)_commands.Count);
        return $"250-ServiceID={GetService(made)}\r\n250-PrivateKey={made}\r\n250 OK\r\n";
    }
}
