using System.Net;
using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// The user's callbacks that decide about addresses, made safe for the rules, which must not fail. An exception is logged and replaced by
/// the safe answer.
/// </summary>
internal sealed class GuardedCallbacks(ConnectionManagerOptions options, ILogger logger)
{
    /// <summary>Asks <see cref="ConnectionManagerOptions.Gate"/>. An exception refuses: a defect must not admit a banned address.</summary>
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
            Log.CallbackFailed(logger, exception, nameof(options.Gate), EndPointText.Format(endPoint));
            return GateVerdict.Refuse;
        }
    }

    /// <summary>Asks <see cref="ConnectionManagerOptions.GetProxy"/>. An exception means no proxy.</summary>
    public string? GetProxy(EndPoint endPoint)
    {
        if (options.GetProxy is not { } getProxy)
            return null;
        try
        {
            return getProxy(endPoint);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, nameof(options.GetProxy), EndPointText.Format(endPoint));
            return null;
        }
    }

    /// <summary>
    /// Asks <see cref="ConnectionManagerOptions.Netgrouper"/> for the group that counts. Returns none for an exempt address, and on an
    /// exception.
    /// </summary>
    public Netgroup GetGroup(EndPoint endPoint)
    {
        if (endPoint is not IPEndPoint ip)
            return default;
        try
        {
            var group = options.Netgrouper.GetGroup(NetworkAddress.FromIPAddress(ip.Address));
            return group.IsExempt ? default : group;
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, nameof(options.Netgrouper), EndPointText.Format(endPoint));
            return default;
        }
    }

    /// <summary>Guards the predicate of <see cref="ConnectionManager.DisconnectWhereAsync"/>. An exception matches nothing.</summary>
    public Func<EndPoint, bool> Guard(Func<EndPoint, bool> matches) => endPoint =>
    {
        try
        {
            return matches(endPoint);
        }
        catch (Exception exception)
        {
            Log.CallbackFailed(logger, exception, "the predicate of DisconnectWhereAsync", EndPointText.Format(endPoint));
            return false;
        }
    };
}
