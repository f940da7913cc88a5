using System.Net;
using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>One <c>connmgr resolve</c>: asks Tor, and writes the result.</summary>
internal sealed class ResolveSession(ResolveOptions options, ToolEnvironment environment)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var startedAt = environment.TimeProvider.GetTimestamp();
        var item = new ResolveItem(SafeText.Line(options.Query), [], Name: null, Failure: null, Message: null, Seconds: 0);
        TorException? failure = null;
        try
        {
            using var progress = new ProgressLine(environment, elapsed =>
                $"asking Tor at {ProxyEndPoint.Format(options.Proxy)}, {elapsed.TotalSeconds:0} of at most {options.Timeout.TotalSeconds:0} s ...");
            item = await AskAsync(item, cancellationToken).ConfigureAwait(false);
        }
        catch (TorException exception)
        {
            failure = exception;
            item = item with { Failure = Names.Get(exception.Code), Message = SafeText.Line(exception.Message) };
        }
        catch (ArgumentException exception)
        {
            // The name can't be looked up. The first line gives the reason; the rest names a parameter of this code.
            throw new ToolException($"can't look '{SafeText.Line(options.Query)}' up: {SafeText.Line(exception.Message.Split(" (Parameter")[0])}", exception);
        }

        item = item with { Seconds = Math.Round(environment.TimeProvider.GetElapsedTime(startedAt).TotalSeconds, 3) };
        await WriteAsync(item).ConfigureAwait(false);
        return failure is null ? ExitCode.Success : throw new ToolException(item.Message!, failure);
    }

    private async Task<ResolveItem> AskAsync(ResolveItem item, CancellationToken cancellationToken)
    {
        var resolver = new TorResolver(options.Proxy, new TorResolverOptions
        {
            Isolation = new StreamIsolation(),
            LookupsPerName = options.Lookups,
            Timeout = options.Timeout,
            TimeProvider = environment.TimeProvider,
        });
        if (options.Reverse)
            return item with { Name = await resolver.ReverseLookupAsync(IPAddress.Parse(options.Query), cancellationToken).ConfigureAwait(false) };
        var addresses = await resolver.LookupAsync(options.Query, cancellationToken).ConfigureAwait(false);
        return item with { Addresses = [.. addresses.Select(address => address.ToString())] };
    }

    private async Task WriteAsync(ResolveItem item)
    {
        if (options.Json)
            await environment.Out.WriteAsync(JsonSerializer.Serialize(item, ResolveJson.Default.ResolveItem) + "\n").ConfigureAwait(false);
        else if (item.Name is { } name)
            await environment.Out.WriteAsync($"{name}\n").ConfigureAwait(false);
        else
            await environment.Out.WriteAsync(string.Concat(item.Addresses.Select(address => $"{address}\n"))).ConfigureAwait(false);
        await environment.Out.FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
