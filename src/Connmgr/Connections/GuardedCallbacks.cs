using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// The user's callbacks that decide about addresses, for the rules, which must not fail. An exception is logged, and stands for the answer
/// that does no harm.
/// </summary>
internal sealed class GuardedCallbacks(ConnectionManagerOptions options, ILogger logger)
{
    /// <summary>Asks <see cref="ConnectionManagerOptions.Gate"/>. One that fails refuses: a defect must not let in what is to be kept out.</summary>
    public GateVerdict Gate(EndPoint endPoint, ConnectionDirection direction)
    {
        if (options.Gate is not { } gate)
            return GateVerdict.Allow;
        try
        {
            return gate(endPoint, direction);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, nameof(options.Gate), EndPointText.Of(endPoint));
            return GateVerdict.Refuse;
        }
    }

    /// <summary>Asks <see cref="ConnectionManagerOptions.ProxyOf"/>. One that fails names no proxy.</summary>
    public string? ProxyOf(EndPoint endPoint)
    {
        if (options.ProxyOf is not { } proxyOf)
            return null;
        try
        {
            return proxyOf(endPoint);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, nameof(options.ProxyOf), EndPointText.Of(endPoint));
            return null;
        }
    }

    /// <summary>Asks <see cref="ConnectionManagerOptions.Netgrouper"/> for the group that counts. None for an address that is exempt, and when it fails.</summary>
    public Netgroup GroupOf(EndPoint endPoint)
    {
        if (endPoint is not IPEndPoint ip)
            return default;
        try
        {
            var group = options.Netgrouper.GroupOf(NetworkAddress.FromIPAddress(ip.Address));
            return group.IsExempt ? default : group;
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, nameof(options.Netgrouper), EndPointText.Of(endPoint));
            return default;
        }
    }

    /// <summary>Guards the predicate of <see cref="ConnectionManager.DisconnectWhereAsync"/>. One that fails matches nothing.</summary>
    public Func<EndPoint, bool> Guard(Func<EndPoint, bool> matches) => endPoint =>
    {
        try
        {
            return matches(endPoint);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, "the predicate of DisconnectWhereAsync", EndPointText.Of(endPoint));
            return false;
        }
    };
}
