using System.CommandLine;
using System.CommandLine.Parsing;

namespace Connmgr.Tool;

/// <summary>The outbound peers.</summary>
internal sealed class PeerOptions : RunOptionGroup
{
    private readonly WholeNumberOption _target =
        new("--target", RunOptions.MaxTarget, "The number of peers to find and keep connected (default 8; 0 with --connect).");

    private readonly HostsOption _connect =
        HostsOption.Remote("--connect", "Keep this peer connected, and no automatic ones. May be given several times.");

    private readonly HostsOption _addPeer =
        HostsOption.Remote("--add-peer", "Keep this peer connected, in addition to the automatic ones. May be given several times.");

    public override string Title => "Peers";

    public override IEnumerable<Option> Options => [_target, _connect, _addPeer];

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with
    {
        Target = parsed.GetValue(_target),
        Connect = [.. parsed.GetValue(_connect) ?? []],
        AddPeers = [.. parsed.GetValue(_addPeer) ?? []],
    };

    public override bool NamesPeers(CommandResult result) =>
        result.GetResult(_connect) is not null || result.GetResult(_addPeer) is not null;
}
