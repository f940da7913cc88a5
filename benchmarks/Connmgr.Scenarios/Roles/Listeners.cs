using System.Globalization;
using System.Net;

namespace Connmgr.Scenarios;

/// <summary>A process that accepts connections on loopback and holds them: the other end of outbound connections.</summary>
internal sealed class Listeners
{
    private static Task<Listeners>? _shared;

    private readonly ProgramProcess _process;

    private Listeners(ProgramProcess process, IPEndPoint endPoint) => (_process, EndPoint) = (process, endPoint);

    /// <summary>The endpoint where it accepts; another port after each <see cref="RenewAsync"/>.</summary>
    public IPEndPoint EndPoint { get; private set; }

    /// <summary>Gets the listener of this process, which ends with it.</summary>
    public static Task<Listeners> SharedAsync() => _shared ??= StartAsync();

    /// <summary>Waits until the other process has closed its ends too, and accepts on another port.</summary>
    public async Task RenewAsync() => EndPoint = OfPort(await _process.AskAsync("drain"));

    private static async Task<Listeners> StartAsync()
    {
        var process = ProgramProcess.StartRole(ListenRole.Name);
        return new(process, OfPort(await process.ReadLineAsync()));
    }

    private static IPEndPoint OfPort(string port) => new(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture));
}
