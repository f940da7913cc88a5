namespace Connmgr.Tool;

/// <summary>An address of <c>--listen</c>. An immutable value.</summary>
/// <param name="Host">The local address, with its port.</param>
/// <param name="IsOnion">Whether an onion service leads there, and nothing else.</param>
internal sealed record ListenAddress(HostPort Host, bool IsOnion)
{
    /// <summary>What is at the end of one that an onion service leads to, as of Bitcoin Core's -bind.</summary>
    public const string OnionSuffix = "=onion";

    public ListenerProfile Profile => IsOnion ? new ListenerProfile { IsOnion = true } : ListenerProfile.Default;
}
