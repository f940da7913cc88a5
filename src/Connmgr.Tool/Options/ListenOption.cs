using System.CommandLine;

namespace Connmgr.Tool;

/// <summary>
/// <c>--listen</c>: local addresses, each with a port, followed by <c>=onion</c> when an onion service leads there. Duplicates are ignored.
/// </summary>
internal sealed class ListenOption : Option<ListenAddress[]>
{
    public ListenOption()
        : base("--listen")
    {
        Description = "Accept peers at this local address, or at those of this interface (eth0:8333); port 0 lets the system choose. With =onion at the end, an onion service (or another overlay) leads there, and "
            + "neither scores nor limits count by address. May be given several times.";
        HelpName = "HOST:PORT[=onion]";
        CustomParser = result =>
        {
            var addresses = new List<ListenAddress>();
            foreach (var token in result.Tokens)
            {
                if (Parse(token.Value, out var error) is not { } address)
                    result.AddError($"{Name} is '{token.Value}': {error}.");
                else if (!addresses.Contains(address))
                    addresses.Add(address);
            }

            return [.. addresses];
        };
    }

    private static ListenAddress? Parse(string text, out string? error)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var isOnion = equals >= 0 && text[equals..] is ListenAddress.OnionSuffix;
        if (equals >= 0 && !isOnion)
        {
            error = $"'{text[equals..]}' is at its end: write {ListenAddress.OnionSuffix}, or leave it out";
            return null;
        }

        var host = HostAndPort.ParseLocal(isOnion ? text[..equals] : text, out error);
        if (host is null || host.Port is not null)
            return host is null ? null : new ListenAddress(host, isOnion);
        error = $"it has no port: write HOST:PORT, such as {host}:8333, or {host}:0 for a port that the system chooses";
        return null;
    }
}
