using System.Text;

namespace Connmgr.Fuzz;

/// <summary>What proxies and their controllers answer.</summary>
internal static class ProxyTargets
{
    private static readonly ProxyCredentials Credentials = new("user", "password");

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new() { Name = "socks5", Reads = "replies of a SOCKS5 proxy", Read = ReadSocks5 },
        new()
        {
            Name = "tor",
            Reads = "replies and events of Tor's control port",
            Read = ReadTor,
            IsDocumented = static exception => exception is TorControlException,
            Check = CheckTor,
            MemoryPerByte = 16,
            MemoryReason = "a line of 5 bytes becomes a text",
        },
        new()
        {
            Name = "sam",
            Reads = "replies of an I2P router (SAM)",
            Read = ReadSam,
            IsDocumented = static exception => exception is SamException,
            MaxLength = SamConnection.MaxLineLength,
            MemoryPerByte = 64,
            MemoryReason = "a word of 2 bytes becomes a key, a value and their place in a table",
        },
        new() { Name = "i2p-key", Reads = "destinations and private keys of I2P", Read = ReadKey, MemoryPerByte = 16, MemoryReason = "a destination is read in both forms and written" },
    ];

    private static object? ReadSocks5(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return null;
        using var proxy = new SplitStream(input[1..]);
        var command = input.Span[0] switch { < 64 => Socks5Protocol.ResolveCommand, < 128 => Socks5Protocol.ReverseResolveCommand, _ => Socks5Protocol.ConnectCommand };
        var credentials = input.Span[0] % 2 == 0 ? Credentials : null;
        if (Completed.Get(Socks5Protocol.AuthenticateAsync(proxy, credentials, isOptional: input.Span[0] % 4 == 0, CancellationToken.None)) != Socks5Fault.None)
            return null;
        var reply = Completed.Get(Socks5Protocol.RequestAsync(proxy, command, "example.org", 8333, CancellationToken.None));
        FuzzFailure.Unless(reply.Fault != Socks5Fault.None || reply.Address is not null || reply.HostName is { Length: <= Socks5Protocol.MaxHostLength }, "a reply has an address or a name");
        return FuzzTarget.Taken(reply.Fault == Socks5Fault.None);
    }

    private static TorConversation? ReadTor(ReadOnlyMemory<byte> input)
    {
        var replies = ReadReplies(input.Span, input.Length);
        return replies.Count > 0 ? new TorConversation(input, replies) : null;
    }

    private static void CheckTor(object result)
    {
        var (input, replies) = (TorConversation)result;
        FuzzFailure.Unless(ReadReplies(input.Span, 1).SequenceEqual(replies, ReplyComparer.Instance), "replies are the same in whichever pieces they come");
        foreach (var reply in replies)
        {
            FuzzFailure.Unless(!reply.Shown.Any(char.IsControl), "what is shown has no control characters");
            foreach (var line in reply.Lines)
            {
                if (TorReplyText.TrySplit(line, out var words))
                    words.ForEach(static word => _ = word.Value is { } value ? TorReplyText.GetPath(value) : null);
            }

            try
            {
                _ = TorProtocolInfo.Parse(reply);
            }
            catch (TorControlException)
            {
                // It is another reply.
            }
        }
    }

    private static List<TorReply> ReadReplies(ReadOnlySpan<byte> input, int piece)
    {
        var parser = new TorReplyParser();
        var replies = new List<TorReply>();
        for (var at = 0; at < input.Length; at += piece)
        {
            parser.Push(input.Slice(at, Math.Min(piece, input.Length - at)));
            while (parser.TryTake(out var reply))
                replies.Add(reply);
        }

        return replies;
    }

    private static string? ReadSam(ReadOnlyMemory<byte> input)
    {
        using var connection = new SamConnection(new SplitStream(input));
        string[] topics = ["HELLO", "SESSION", "NAMING", "STREAM", "DEST"];
        var count = 0;
        while (true)
        {
            string line;
            try
            {
                line = Completed.Get(connection.ReadLineAsync(CancellationToken.None));
            }
            catch (SamException) when (count > 0)
            {
                return string.Empty; // The end.
            }

            if (!SamReply.TryParse(line, out var reply))
                return null;
            FuzzFailure.Unless(!reply.Shown.AsSpan().ContainsAnyExceptInRange(' ', '~'), "what is shown is printable ASCII");
            foreach (var key in new[] { "DESTINATION", "PRIV", "VALUE" })
            {
                if (reply[key] is { } text && I2PDestination.TryDecode(text, out var bytes))
                    _ = I2PDestination.TryGetAddress(bytes, out _);
            }

            if (topics.Contains(reply.Topic, StringComparer.Ordinal))
                SamConnection.Check(line, reply.Topic, reply.Kind);
            count++;
        }
    }

    private static object? ReadKey(ReadOnlyMemory<byte> input)
    {
        var isKey = I2PPrivateKey.GetError(input.Span) is null;
        FuzzFailure.Unless(!isKey || I2PDestination.TryGetAddress(input.Span, out _), "a private key holds a destination");
        if (I2PDestination.TryDecode(Encoding.Latin1.GetString(input.Span), out var decoded))
            FuzzFailure.Unless(I2PDestination.TryDecode(I2PDestination.Encode(decoded), out var again) && again.AsSpan().SequenceEqual(decoded), "a destination that is encoded again is the same");
        return FuzzTarget.Taken(isKey);
    }

    private sealed record TorConversation(ReadOnlyMemory<byte> Input, List<TorReply> Replies);

    private sealed class ReplyComparer : IEqualityComparer<TorReply>
    {
        public static ReplyComparer Instance { get; } = new();

        public bool Equals(TorReply x, TorReply y) => x.Status == y.Status && x.Lines.AsSpan().SequenceEqual(y.Lines.AsSpan());

        public int GetHashCode(TorReply obj) => obj.Status;
    }
}
