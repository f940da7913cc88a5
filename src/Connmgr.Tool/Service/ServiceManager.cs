using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Connmgr.Tool;

/// <summary>
/// The service manager that started this process and wants to be told how it is doing: systemd, by the protocol of sd_notify(3), which is a
/// datagram to the unix socket that NOTIFY_SOCKET names. Not thread-safe.
/// </summary>
internal sealed class ServiceManager : IDisposable
{
    private const string SocketVariable = "NOTIFY_SOCKET";

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    private readonly UnixDomainSocketEndPoint _endPoint;

    private ServiceManager(string path, TimeSpan? watchdog)
    {
        // '@' stands for the zero byte that the addresses begin with which are no files.
        _endPoint = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
        Watchdog = watchdog;
    }

    /// <summary>Within which time it wants to hear that we are alive, always again; null when it does not.</summary>
    public TimeSpan? Watchdog { get; }

    /// <summary>Whether there is one.</summary>
    public static bool IsThere(IReadOnlyDictionary<string, string> variables) =>
        !OperatingSystem.IsWindows() && variables.GetValueOrDefault(SocketVariable) is { Length: > 0 };

    /// <summary>Finds it.</summary>
    /// <param name="variables">The environment.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="ToolException">NOTIFY_SOCKET is no address of a unix socket.</exception>
    public static ServiceManager? Find(IReadOnlyDictionary<string, string> variables)
    {
        if (!IsThere(variables))
            return null;
        var path = variables[SocketVariable];
        try
        {
            return path is ['/' or '@', _, ..]
                ? new ServiceManager(path, WatchdogOf(variables))
                : throw new ArgumentException("it has to begin with '/' or '@'", nameof(variables));
        }
        catch (ArgumentException exception)
        {
            throw new ToolException(
                $"NOTIFY_SOCKET is '{SafeText.Line(path)}', which is no unix socket: unset it, or leave it to systemd (Type=notify-reload).", exception);
        }
    }

    /// <summary>Tells it something.</summary>
    /// <param name="assignments">Such as <c>READY=1</c>.</param>
    /// <returns>Whether it could be told; when not, because its queue is full or it is gone, another time may do.</returns>
    public bool TryTell(params IReadOnlyList<string> assignments)
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

    /// <summary>WATCHDOG_USEC, when it is meant for this process.</summary>
    private static TimeSpan? WatchdogOf(IReadOnlyDictionary<string, string> variables)
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
