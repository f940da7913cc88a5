using System.Diagnostics;
using System.Net;

namespace Connmgr;

/// <summary>Begins, describes and fails spans. Every method accepts a null span, as there is without a listener, and then costs nothing. Listeners are
/// foreign code: their exceptions are ignored.</summary>
internal static class Spans
{
    public const string Dial = "connmgr.dial";
    public const string Resolve = "connmgr.dial.resolve";
    public const string Tcp = "connmgr.dial.tcp";
    public const string Proxy = "connmgr.dial.proxy";
    public const string Handshake = "connmgr.handshake";
    public const string DnsSeed = "connmgr.dns_seed";

    /// <summary>Begins a span under the one of the present asynchronous flow.</summary>
    public static Activity? Start(string name, ActivityKind kind = ActivityKind.Client, ActivityContext parent = default)
    {
        try
        {
            return ConnmgrTelemetry.Activities.StartActivity(name, kind, parent);
        }
        catch (Exception)
        {
            return null; // A listener threw, which is no reason not to connect.
        }
    }

    /// <summary>Begins a span that ends with a block.</summary>
    public static SpanScope Begin(string name) => new(Start(name));

    /// <summary>Ends a span.</summary>
    public static void Stop(Activity? span)
    {
        try
        {
            span?.Stop();
        }
        catch (Exception)
        {
            // There is no other place to report it.
        }
    }

    /// <summary>Sets the dialled address. A span may have an address: there is one span for each attempt, not an endless series.</summary>
    public static void SetServer(Activity? span, EndPoint? endPoint) => SetEndPoint(span, endPoint, "server.address", "server.port");

    public static void SetPeer(Activity? span, EndPoint? endPoint) => SetEndPoint(span, endPoint, "network.peer.address", "network.peer.port");

    /// <summary>
    /// Marks a span as failed, for a filter: <c>catch (Exception e) when (Spans.Failed(span, e))</c> sees every exception and catches none.
    /// A cancellation by the manager is no failure.
    /// </summary>
    /// <returns>False.</returns>
    public static bool Failed(Activity? span, Exception exception)
    {
        if (span is not null && exception is not OperationCanceledException)
            SetError(span, GetErrorType(exception), exception.Message);
        return false;
    }

    public static void SetError(Activity span, string errorType, string? description)
    {
        span.SetTag(TelemetryTags.ErrorType, errorType);
        span.SetStatus(ActivityStatusCode.Error, description);
    }

    /// <summary>Returns the word of a documented cause, otherwise the type of the exception.</summary>
    public static string GetErrorType(Exception exception) => exception is ConnectFailedException { Cause: not (ConnectFailureCause.None or ConnectFailureCause.Unknown) and var cause } && Enum.IsDefined(cause)
        ? TelemetryWords<ConnectFailureCause>.GetWord(cause)
        : exception.GetType().FullName!;

    private static void SetEndPoint(Activity? span, EndPoint? endPoint, string address, string port)
    {
        if (span is not { IsAllDataRequested: true })
            return;
        switch (endPoint)
        {
            case IPEndPoint ip:
                span.SetTag(address, ip.Address.ToString());
                span.SetTag(port, ip.Port);
                break;
            case DnsEndPoint name:
                span.SetTag(address, name.Host);
                span.SetTag(port, name.Port);
                break;
            case not null:
                span.SetTag(address, EndPointText.Format(endPoint));
                break;
            default:
                break;
        }
    }
}

/// <summary>A span from its start to the end of a block; none without a listener. A listener that throws is ignored, so that the result of the block is not lost.</summary>
internal readonly struct SpanScope(Activity? span) : IDisposable
{
    public Activity? Span => span;

    public void Dispose() => Spans.Stop(span);
}
