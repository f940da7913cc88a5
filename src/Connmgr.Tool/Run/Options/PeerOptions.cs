using System.CommandLine;
using System.CommandLine.Parsing;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>The outbound peers.</summary>
internal sealed class PeerOptions : RunOptionGroup
{
    private readonly WholeNumberOption _target =
        new("--target", RunOptions.MaxTarget, "The number of peers to find and keep connected (default 8; 0 with --connect).");

    private readonly GroupsOption _groups = new();

    private readonly FlagOption _upgrade = new(
        "--upgrade", "From time to time, replace the worst peer of a full group by one that has proven to be clearly better.", canBeOff: true);

    private readonly QuarantineOption _quarantine = new();

    private readonly TransportOption _transport = new();

    private readonly HostsOption _connect =
        HostsOption.Remote("--connect", "Keep this peer connected, and no automatic ones. May be given several times.");

    private readonly HostsOption _addPeer =
        HostsOption.Remote("--add-peer", "Keep this peer connected, in addition to the automatic ones. May be given several times.");

    public override string Title => "Peers";

    public override IEnumerable<Option> Options => [_target, _groups, _upgrade, _quarantine, _connect, _addPeer, _transport];

    public override RunOptions Apply(RunOptions options, ParseResult parsed) => options with
    {
        Target = parsed.GetValue(_target),
        Groups = [.. parsed.GetValue(_groups) ?? []],
        Upgrade = parsed.GetValue(_upgrade),
        Quarantine = parsed.GetValue(_quarantine),
        Connect = [.. parsed.GetValue(_connect) ?? []],
        AddPeers = [.. parsed.GetValue(_addPeer) ?? []],
        Transport = parsed.GetValue(_transport) ?? TransportChoice.Default,
    };

    public override void Validate(CommandResult result)
    {
        // From the words: the value of an option that can't be parsed must not be read.
        var groups = result.GetResult(_groups)?.Tokens.Select(static token => PeerGroup.TryParse(token.Value, out var group, out _) ? group.Target : 0L) ?? [];
        if (result.GetResult(_target) is { Implicit: false } && result.GetResult(_groups) is { Tokens.Count: > 0 })
            result.AddError("--group has the targets: leave --target out, or add a --group without requirements for the other peers.");
        else if (groups.Sum() is > RunOptions.MaxTarget and var sum)
            result.AddError($"the targets of --group add up to {sum}: use at most {RunOptions.MaxTarget}.");
    }

    public override bool NamesPeers(CommandResult result) =>
        result.GetResult(_connect) is not null || result.GetResult(_addPeer) is not null;
}
