using System.Net;

namespace Connmgr;

/// <summary>An onion service that a <see cref="TorController"/> has Tor serve. Checked and copied when that is made. Not thread-safe.</summary>
public sealed class OnionServiceOptions : IValidatedOptions
{
    /// <summary>
    /// The address to which Tor connects its clients: a listener for this purpose alone (<see cref="ListenerProfile.IsOnion"/>), on
    /// loopback when Tor runs on this machine, else at an address that Tor's machine reaches. Required, unless there is a
    /// <see cref="ChooseTarget"/>: an <see cref="IPEndPoint"/> with its port, or a
    /// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </summary>
    public EndPoint? Target { get; set; }

    /// <summary>
    /// The callback that chooses the target each time the control port is connected, instead of <see cref="Target"/>. It gets the local
    /// address of that connection, at which Tor's machine reaches this one; null when it is unknown, as for a unix socket. What it throws
    /// ends the session, and its message is the <see cref="TorState.Failure"/>. Must be quick. Default: none.
    /// </summary>
    public Func<IPAddress?, EndPoint>? ChooseTarget { get; set; }

    /// <summary>The port of the .onion address, 1 to 65535. Default 8333, mainnet's; Bitcoin Core always takes the chain's own.</summary>
    public int VirtualPort { get; set; } = 8333;

    /// <summary>
    /// The file of its private key, which is its address: read when it is there, else written, for its owner alone (0600). The form is that
    /// of Bitcoin Core's onion_v3_private_key. Null, the default: the key is in memory, and the address another one each time the program
    /// runs.
    /// </summary>
    public string? KeyFile { get; set; }

    /// <summary>
    /// True to require proof of work from clients when there are too many (Tor's PoW defences). Omitted for a Tor without them. Default
    /// true.
    /// </summary>
    public bool ProofOfWork { get; set; } = true;

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="TorController"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (this is { Target: null, ChooseTarget: null })
            yield return $"{nameof(Target)} is missing: set it to the address of a listener of yours, 127.0.0.1:8334 for example.";
        if (this is { Target: not null, ChooseTarget: not null })
            yield return $"{nameof(Target)} and {nameof(ChooseTarget)} are both set: set one of them.";
        if (Target is IPEndPoint { Port: 0 })
            yield return $"{nameof(Target)} is {Target}: give the port that is listened on.";
        if (Target is not (null or IPEndPoint or System.Net.Sockets.UnixDomainSocketEndPoint))
            yield return $"{nameof(Target)} is a {Target.GetType().Name}: give an IP or unix socket end point.";
        if (VirtualPort is < 1 or > ushort.MaxValue)
            yield return Invariant($"{nameof(VirtualPort)} is {VirtualPort}; give 1 to 65535.");
        if (KeyFile is { Length: 0 })
            yield return $"{nameof(KeyFile)} is empty: use null for none.";
    }
}
