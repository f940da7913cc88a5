using System.Net;

namespace Connmgr;

/// <summary>Endpoints as people write them.</summary>
internal static class EndPointText
{
    /// <summary>HOST:PORT, without the address family that <see cref="DnsEndPoint"/> prints.</summary>
    public static string Of(EndPoint? endPoint) => endPoint switch
    {
        null => "an unknown address",
        DnsEndPoint dns => Invariant($"{dns.Host}:{dns.Port}"),
        IPEndPoint ip => ip.ToString(),
        _ => OfOther(endPoint),
    };

    /// <summary>A kind of the user's own. It may fail to print itself, which is no reason to fail.</summary>
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
