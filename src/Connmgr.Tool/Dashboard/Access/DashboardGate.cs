using Microsoft.AspNetCore.Http;

namespace Connmgr.Tool;

/// <summary>Handles every request first: adds the headers that protect browsers, decides who may ask, and writes errors as JSON.</summary>
internal sealed class DashboardGate(DashboardAccess access, DashboardPlaces places)
{
    /// <summary>Only the dashboard's own files: no script or style in the page, no other host, no frame around it.</summary>
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
        "frame-ancestors 'none'; require-trusted-types-for 'script'";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<DashboardPlace>() is not { } place)
        {
            await AnswerAsync(context, next).ConfigureAwait(false);
            return;
        }

        places.Begin(place);
        try
        {
            if (place.IsReserved)
                context.Response.Headers.Connection = "close"; // Another client gets the place then.
            await AnswerAsync(context, place.IsReserved && GetRoute(context) is not { HasReservedPlaces: true } ? RefuseForWantOfPlacesAsync : next)
                .ConfigureAwait(false);
        }
        finally
        {
            places.End(place);
        }
    }

    private async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        AddHeaders(context.Response.Headers);
        if (access.Judge(GetRequest(context)) is { } refusal)
        {
            await RefuseAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        try
        {
            await next(context).ConfigureAwait(false);
            if (!context.Response.HasStarted && Fault(context) is { } fault)
                await RefuseAsync(context, fault).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client is gone.
        }
        catch (Exception exception) when (!context.Response.HasStarted && GetRefusal(exception) is { } reason)
        {
            await RefuseAsync(context, reason).ConfigureAwait(false);
        }
    }

    private static DashboardRoute? GetRoute(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<DashboardRoute>();

    private Task RefuseForWantOfPlacesAsync(HttpContext context) => RefuseAsync(context, new(
        StatusCodes.Status503ServiceUnavailable,
        ControlError.TooManyClients,
        $"all {places.Max} places, or the {places.MaxPerHost} of this host, are in use: close some connections, or try again later."));

    private static DashboardRequest GetRequest(HttpContext context)
    {
        var headers = context.Request.Headers;
        return new DashboardRequest
        {
            // A path without a route only gets a 404, so it is open.
            Access = GetRoute(context)?.Access ?? DashboardRouteAccess.Open,
            IsSafeMethod = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method),
            Host = headers.Host,
            Origin = headers.Origin is [{ } origin, ..] ? origin : null,
            FetchSite = headers["Sec-Fetch-Site"] is [{ } site, ..] ? site : null,
            IsNavigation = headers["Sec-Fetch-Mode"] is ["navigate"],
            Authorization = headers.Authorization is [{ } authorization] ? authorization : null,
        };
    }

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    private static DashboardRefusal? Fault(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new(404, "notFound", "there is nothing here: /api/v1/openapi.json lists the paths."),
        StatusCodes.Status405MethodNotAllowed => new(405, "wrongMethod", $"{context.Request.Method} is not a method of this path: /api/v1/openapi.json lists the methods."),
        _ => null,
    };

    private static DashboardRefusal? GetRefusal(Exception exception) => exception switch
    {
        DashboardException known => known.Refusal,
        ToolException => new(StatusCodes.Status409Conflict, ControlError.Failed, exception.Message),
        BadHttpRequestException { StatusCode: var status } => new(status, ControlError.BadRequest, $"the request is not valid: {exception.Message}"),
        InvalidOperationException => new(StatusCodes.Status503ServiceUnavailable, ControlError.Failed, $"the run is stopping: {exception.Message}"),
        _ => null,
    };

    private static Task RefuseAsync(HttpContext context, DashboardRefusal refusal)
    {
        context.Response.StatusCode = refusal.Status;
        if (refusal.Status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        return DashboardRoute.WriteAsync(context, new ControlError(refusal.Code, refusal.Message), DashboardJson.Default.ControlError);
    }
}
