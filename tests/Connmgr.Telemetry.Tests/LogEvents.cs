using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Connmgr.Telemetry.Tests;

/// <summary>The log events that the assemblies have, read from their attributes.</summary>
internal static class LogEvents
{
    private const BindingFlags Everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>Every project of src whose events the page lists. A project that is missing here is noticed: its events are in its source.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
    [
        typeof(ConnectionManager).Assembly, typeof(Bitcoin.PeerNetwork).Assembly, typeof(Testing.SandboxNetwork).Assembly, Assembly.Load("Connmgr.Hosting"),
        Assembly.Load("Connmgr.Fleet"),
    ];

    public static IReadOnlyList<LogEvent> All { get; } =
    [
        .. Assemblies.SelectMany(static assembly => assembly.GetTypes())
            .SelectMany(static type => type.GetMethods(Everything))
            .Select(static method => (Method: method, Attribute: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(static found => found.Attribute is not null)
            .Select(static found => new LogEvent(found.Attribute!.EventId, found.Attribute.EventName, found.Attribute.Level, found.Attribute.Message ?? string.Empty, found.Method))
            .OrderBy(static logEvent => logEvent.Id),
    ];

    /// <summary>A log event.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Name">Its name; null when the attribute has none.</param>
    /// <param name="Level">Its level; <see cref="LogLevel.None"/> when the caller chooses.</param>
    /// <param name="Message">Its template.</param>
    /// <param name="Method">Where it is.</param>
    internal sealed record LogEvent(int Id, string? Name, LogLevel Level, string Message, MethodInfo Method)
    {
        public string Where => $"{Method.DeclaringType!.Name}.{Method.Name}";
    }
}
