using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Connmgr.Fleet;

/// <summary>The options of a <see cref="FleetConnection"/>. Validated and copied when it is created. Not thread-safe.</summary>
public sealed partial class FleetOptions : IValidatedOptions
{
    /// <summary>
    /// The Redis server, as StackExchange.Redis writes it: <c>127.0.0.1:6379</c>, or several nodes and settings, such as
    /// <c>redis-1:6379,redis-2:6379,password=...,ssl=true</c>. Name a replica too if it should be able to take over. Required.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>
    /// The name of the fleet: its keys in Redis begin with it, so several fleets can share a server. From 1 to 64 letters, digits, dots,
    /// dashes and underscores. Default <c>default</c>.
    /// </summary>
    public string Fleet { get; set; } = "default";

    /// <summary>
    /// The time after which the claims and leases of a process that has died are free for others, from 1 to 30 s. Default 15 s. A process
    /// renews its own every fifth of it. All processes of a fleet should have the same.
    /// </summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The clock of the pauses between the calls to Redis. Default <see cref="TimeProvider.System"/>. Leases use the server's clock.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>The logger of outages, of lost claims and leases, and of shared bans. It receives no address of a peer. Null, the default: none.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// The factory of the meter <see cref="ConnmgrTelemetry.MeterName"/>, with the metrics <c>connmgr.fleet.*</c>. Null, the default: one meter for
    /// the process.
    /// </summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>Gets all errors of the options: those that <see cref="FleetConnection.ConnectAsync"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors()];

    private IEnumerable<string> Errors()
    {
        if (GetRedisError() is { } error)
            yield return error;
        if (Fleet is null || !FleetName().IsMatch(Fleet))
            yield return $"{nameof(Fleet)} is '{Excerpt.Create(Fleet)}'; use 1 to 64 letters, digits, dots, dashes and underscores.";
        if (LeaseDuration < TimeSpan.FromSeconds(1) || LeaseDuration > TimeSpan.FromSeconds(30))
            yield return $"{nameof(LeaseDuration)} is {LeaseDuration}; it must be from 1 to 30 seconds.";
        if (TimeProvider is null)
            yield return $"{nameof(TimeProvider)} is null; leave it out for the system's clock.";
    }

    private string? GetRedisError()
    {
        if (string.IsNullOrWhiteSpace(Redis))
            return $"{nameof(Redis)} is missing; name a server, such as 127.0.0.1:6379.";
        try
        {
            return ConfigurationOptions.Parse(Redis).EndPoints.Count == 0 ? $"{nameof(Redis)} names no server; begin with one, such as 127.0.0.1:6379." : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return $"{nameof(Redis)} can't be read ({exception.Message.TrimEnd('.')}); write HOST:PORT, and settings as StackExchange.Redis has them.";
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FleetName();
}
