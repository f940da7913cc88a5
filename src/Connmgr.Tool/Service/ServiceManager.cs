using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// The service manager that started this process and wants to know its state: systemd, by the protocol of sd_notify(3), which sends
/// datagrams to the Unix socket in NOTIFY_SOCKET. Not thread-safe.
/// </summary>
internal sealed class ServiceManager : IDisposable
{
    private const string SocketVariable = "NOTIFY_SOCKET";

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    private readonly UnixDomainSocketEndPoint _endPoint;

    private ServiceManager(string path, TimeSpan? watchdog)
    {
        // '@' stands for the zero byte at the start of an abstract address.
        _endPoint = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
        Watchdog = watchdog;
    }

    /// <summary>The interval within which it expects a sign of life; null when it expects none.</summary>
    public TimeSpan? Watchdog { get; }

    /// <summary>Determines whether there is a service manager.</summary>
    public static bool IsPresent(IReadOnlyDictionary<string, string> variables) =>
        !OperatingSystem.IsWindows() && variables.GetValueOrDefault(SocketVariable) is { Length: > 0 };

    /// <summary>Finds the service manager.</summary>
    /// <param name="variables">The environment.</param>
    /// <returns>The service manager; null when there is none.</returns>
    /// <exception cref="ToolException">NOTIFY_SOCKET is not the address of a Unix socket.</exception>
    public static ServiceManager? Find(IReadOnlyDictionary<string, string> variables)
    {
        if (!IsPresent(variables))
            return null;
        var path = variables[SocketVariable];
        try
        {
            return path is ['/' or '@', _, ..]
                ? new ServiceManager(path, ReadWatchdog(variables))
                : throw new ArgumentException("it must start with '/' or '@'", nameof(variables));
        }
        catch (ArgumentException exception)
        {
            throw new ToolException(
                $"NOTIFY_SOCKET is '{SafeText.Line(path)}', which is not a Unix socket: unset it, or leave it to systemd (Type=notify-reload).", exception);
        }
    }

    /// <summary>Sends assignments to the service manager.</summary>
    /// <param name="assignments">The assignments, such as <c>READY=1</c>.</param>
    /// <returns>False when they can't be sent, because the queue is full or the service manager is gone. A later attempt may succeed.</returns>
    public bool TryNotify(params IReadOnlyList<string> assignments)
    {
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(string.Join('\n', assignments)), _endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false; // A service manager that is gone is no reason to end.
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Reads WATCHDOG_USEC, if it is meant for this process.</summary>
    private static TimeSpan? ReadWatchdog(IReadOnlyDictionary<string, string> variables)
    {
        if (variables.GetValueOrDefault("WATCHDOG_PID") is { Length: > 0 } process
            && !string.Equals(process, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))
        {
            return null;
        }

        const long Longest = 86_400L * 1_000_000;
        return long.TryParse(variables.GetValueOrDefault("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(Math.Min(microseconds, Longest))
            : null;
    }
}
