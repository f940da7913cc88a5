using System.Net;

namespace Connmgr;

/// <summary>The text of endpoints, as users write it.</summary>
internal static class EndPointText
{
    /// <summary>Formats an endpoint as HOST:PORT, without the address family that <see cref="DnsEndPoint"/> prints.</summary>
    public static string Format(EndPoint? endPoint) => endPoint switch
    {
        null => "an unknown address",
        DnsEndPoint dns => Invariant($"{dns.Host}:{dns.Port}"),
        IPEndPoint ip => ip.ToString(),
        _ => OfOther(endPoint),
    };

    /// <summary>Formats an endpoint of a user-defined type. An exception of its ToString is ignored.</summary>
    private static string OfOther(EndPoint endPoint)
    {
        try
        {
            return endPoint.ToString() ?? endPoint.GetType().Name;
        }
        catch (Exception)
        {
            return endPoint.GetType().Name;
        }
    }
}
