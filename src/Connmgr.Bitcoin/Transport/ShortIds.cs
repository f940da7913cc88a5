using System.Collections.Frozen;

namespace Connmgr.Bitcoin;

/// <summary>
/// The commands in the contents of packets: one byte for those to which BIP324 and later BIPs assign one, or a zero byte and the 12 bytes
/// of the v1 transport. Both are read for every command. Pure.
/// </summary>
internal static class ShortIds
{
    /// <summary>The length of the longest prefix: the zero byte and a command.</summary>
    public const int LongestPrefix = 1 + MessageCommand.Size;

    /// <summary>The ids 1 to 28 of BIP324, in order.</summary>
    private static readonly string[] First =
    [
        "addr", "block", "blocktxn", "cmpctblock", "feefilter", "filteradd", "filterclear", "filterload", "getblocks", "getblocktxn",
        "getdata", "getheaders", "headers", "inv", "mempool", "merkleblock", "notfound", "ping", "pong", "sendcmpct", "tx", "getcfilters",
        "cfilter", "getcfheaders", "cfheaders", "getcfcheckpt", "cfcheckpt", "addrv2",
    ];

    private static readonly MessageCommand[] Commands = CreateCommands();

    private static readonly FrozenDictionary<MessageCommand, byte> Ids = Commands
        .Select(static (command, id) => (Command: command, Id: (byte)id))
        .Where(static row => !row.Command.IsEmpty)
        .ToFrozenDictionary(static row => row.Command, static row => row.Id);

    /// <summary>Gets the number of bytes that a command takes.</summary>
    public static int GetPrefixLength(MessageCommand command) => Ids.ContainsKey(command) ? 1 : LongestPrefix;

    /// <summary>Writes a command.</summary>
    /// <returns>The number of bytes written.</returns>
    public static int Write(MessageCommand command, Span<byte> contents)
    {
        if (Ids.TryGetValue(command, out var id))
        {
            contents[0] = id;
            return 1;
        }

        contents[0] = 0;
        command.Write(contents[1..]);
        return LongestPrefix;
    }

    /// <summary>Reads the command of contents.</summary>
    /// <param name="contents">The contents of a packet.</param>
    /// <param name="prefix">The number of bytes that the command takes.</param>
    /// <returns>The command; an empty one if the contents have none that is known or well-formed.</returns>
    public static MessageCommand Read(ReadOnlySpan<byte> contents, out int prefix)
    {
        prefix = Math.Min(contents.Length, contents is [0, ..] ? LongestPrefix : 1);
        MessageCommand command = default;
        if (contents is [0, ..] && prefix == LongestPrefix)
            _ = MessageCommand.TryRead(contents[1..], out command);
        else if (contents is [not 0, ..] && contents[0] < Commands.Length)
            command = Commands[contents[0]];
        return command;
    }

    private static MessageCommand[] CreateCommands()
    {
        const int Feature = 37; // BIP434.
        var commands = new MessageCommand[Feature + 1];
        for (var i = 0; i < First.Length; i++)
            commands[i + 1] = new(First[i]);
        commands[Feature] = MessageCommand.Feature;
        return commands;
    }
}
