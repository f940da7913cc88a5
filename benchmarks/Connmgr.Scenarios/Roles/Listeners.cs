using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>A process that accepts on loopback and holds what it accepted: the other end of outbound connections.</summary>
internal sealed class Listeners
{
    private static Task<Listeners>? _shared;

    private readonly ProgramProcess _process;

    private Listeners(ProgramProcess process, IPEndPoint endPoint) => (_process, EndPoint) = (process, endPoint);

    public IPEndPoint EndPoint { get; }

    /// <summary>The one of this process, which ends with it.</summary>
    public static Task<Listeners> SharedAsync() => _shared ??= StartAsync();

    /// <summary>Waits until the other process has closed its ends too.</summary>
    public async Task WhenEmptyAsync()
    {
        await _process.AskAsync("drain");
    }

    private static async Task<Listeners> StartAsync()
    {
        var process = ProgramProcess.StartRole(ListenRole.Name);
        var port = int.Parse(await process.ReadLineAsync(), CultureInfo.InvariantCulture);
        return new(process, new(IPAddress.Loopback, port));
    }
}
