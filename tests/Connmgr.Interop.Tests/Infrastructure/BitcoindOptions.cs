using System.Net;

namespace Connmgr.Interop;

/// <summary>How a <see cref="BitcoindNode"/> is to be started.</summary>
internal sealed record BitcoindOptions
{
    /// <summary>The chain, as its option <c>-chain</c> has it. On any but regtest it only makes sense in a namespace. Default regtest.</summary>
    public string Chain { get; init; } = "regtest";

    /// <summary>Whether it is litecoind, an older relative that lacks some options. Default false.</summary>
    public bool IsLitecoin { get; init; }

    /// <summary>Where it listens. Default: a loopback address that no other node of any test process has.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Where its RPC is, which CJDNS can't reach. Default: at <see cref="Address"/>.</summary>
    public IPAddress? RpcAddress { get; init; }

    /// <summary>The port at which it listens for peers; the RPC port is one less. Default 18444, regtest's own.</summary>
    public int Port { get; init; } = 18444;

    /// <summary>The namespace that it lives in; <see cref="Address"/> is then required. Default: none.</summary>
    public NetworkNamespace? Network { get; init; }

    /// <summary>
    /// Whether it makes connections of its own accord. Only in a namespace: elsewhere it would dial every address it hears of. Default false.
    /// </summary>
    public bool DialsOnItsOwn { get; init; }

    /// <summary>More options, such as <c>-maxconnections=20</c>. Default: none.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
