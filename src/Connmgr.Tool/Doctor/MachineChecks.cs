using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.CompilerServices;

namespace Connmgr.Tool;

/// <summary>The checks of this machine. They send nothing and write nothing.</summary>
internal static class MachineChecks
{
    /// <summary>The space that the files of a data directory may need, generously.</summary>
    private const long LeastSpace = 100_000_000;

    private const string DirectoryName = "data directory";

    /// <summary>Checks the file descriptors.</summary>
    public static DoctorCheck CheckDescriptors(RunOptions options, FileDescriptorUsage files)
    {
        const string name = "descriptors";
        if (files.Limit is not { } limit)
            return new(name, CheckStatus.Ok, "The system does not limit open files.");
        var outbound = options.IsSandbox ? 0 : options.WantedTarget + ConnectionManagerDefaults.MaxTrials + options.Connect.Length + options.AddPeers.Length;
        try
        {
            RunFiles.Compute(files, options.Dashboard is not null, options.DataDirectory is not null, outbound);
        }
        catch (ToolException exception)
        {
            return new(name, CheckStatus.Problem, exception.Message, "Raise the limit: ulimit -n 4096, or LimitNOFILE=4096 in a systemd unit.");
        }

        var inbound = options.Listen.IsEmpty ? 0 : options.EffectiveMaxInbound;
        return files.Open + outbound + inbound > limit
            ? new(
                name,
                CheckStatus.Warning,
                Invariant($"The process may open {limit} files, which is not enough for {outbound} outbound and {inbound} inbound connections: there will be fewer inbound ones."),
                Invariant($"Raise the limit: ulimit -n {4 * (files.Open + outbound + inbound)}, or LimitNOFILE in a systemd unit."))
            : new(name, CheckStatus.Ok, Invariant($"The process may open {limit} files."));
    }

    /// <summary>Checks the clock as far as that is possible without peers.</summary>
    /// <param name="now">The present time.</param>
    /// <param name="built">The time at which this program was built; null if it is not known.</param>
    public static DoctorCheck CheckClock(DateTimeOffset now, DateTimeOffset? built) => built is { } earliest && now < earliest - TimeSpan.FromDays(1)
        ? new("clock", CheckStatus.Problem, Invariant($"The clock shows {now.UtcDateTime:u}, which is before this program was built."), "Set the clock: bans and addresses depend on it. A time service such as systemd-timesyncd keeps it right.")
        : new("clock", CheckStatus.Ok, Invariant($"The clock shows {now.UtcDateTime:u}."));

    /// <summary>Reads the time at which this program was built.</summary>
    public static DateTimeOffset? ReadBuildTime()
    {
        try
        {
            return File.GetLastWriteTimeUtc(Path.Combine(AppContext.BaseDirectory, Path.GetFileName(Environment.ProcessPath ?? string.Empty))) is { Year: > 2020 } time ? new(time) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Checks the data directory.</summary>
    /// <returns>The result; true when a run uses the directory.</returns>
    public static (DoctorCheck Check, bool IsInUse) CheckDirectory(string? path)
    {
        if (path is null)
            return (new(DirectoryName, CheckStatus.Warning, "There is none: addresses, bans and anchors are forgotten at the end.", "Add --data-dir ~/.connmgr, for example."), false);
        if (!Path.Exists(path))
            return (new(DirectoryName, CheckStatus.Ok, $"'{path}' does not exist: a run creates it."), false);
        try
        {
            if (ReadSpace(DataDirectory.Probe(path)) is { } space and < LeastSpace)
                return (new(DirectoryName, CheckStatus.Warning, Invariant($"Only {space / 1_000_000} MB are free at '{path}'."), "Free some space, or use another --data-dir."), false);
            return (new(DirectoryName, CheckStatus.Ok, $"'{path}' can be used."), false);
        }
        catch (DataDirectoryInUseException exception)
        {
            return (new(DirectoryName, CheckStatus.Ok, $"{exception.Message}"), true);
        }
        catch (ToolException exception)
        {
            return (new(DirectoryName, CheckStatus.Problem, exception.Message, "Correct its owner and mode (700), or use another --data-dir."), false);
        }
    }

    /// <summary>Checks that the addresses of the listeners are free.</summary>
    /// <param name="options">The options of the run.</param>
    /// <param name="isInUse">True when a run uses the data directory, and so perhaps the addresses.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    public static async IAsyncEnumerable<DoctorCheck> CheckPortsAsync(RunOptions options, bool isInUse, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const string name = "ports";
        if (options.Listen.IsEmpty || options.IsSandbox)
        {
            yield return new(name, CheckStatus.Skipped, options.IsSandbox && !options.Listen.IsEmpty ? "The sandbox listens in memory." : "A run with these options does not listen.");
            yield break;
        }

        var world = new NetworkWorld { Chain = options.CustomChain ?? NetworkWorld.GetChain(options.Network) }; // It owns nothing.
        foreach (var local in options.Listen)
            yield return await CheckPortAsync(local, world, isInUse, cancellationToken).ConfigureAwait(false);
        if (options.FindInboundProblem() is { } problem)
            yield return new(name, CheckStatus.Warning, problem);
    }

    /// <summary>Checks the resolver of the system as far as that is possible without a lookup.</summary>
    public static DoctorCheck CheckNameServers(ImmutableArray<IPAddress> servers) => servers.IsEmpty
        ? new("resolver", CheckStatus.Warning, "The system has no name server, so DNS seeds and peers with names can't be looked up.", "Set one (/etc/resolv.conf), or name peers by their addresses.")
        : new("resolver", CheckStatus.Ok, $"The system's name servers: {string.Join(", ", servers)}.");

    /// <summary>Reads the name servers of the system.</summary>
    public static ImmutableArray<IPAddress> ReadNameServers()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(static each => each.GetIPProperties().DnsAddresses).Distinct()];
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static async Task<DoctorCheck> CheckPortAsync(ListenAddress local, NetworkWorld world, bool isInUse, CancellationToken cancellationToken)
    {
        try
        {
            if (local.Host.Name is { } host && !string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) && InterfaceAddresses.Find(host) is null)
                return new("ports", CheckStatus.Skipped, $"{local.Host} names no interface of this machine, and the name was not looked up.");
            await (await RunListeners.OpenAsync([local], world, cancellationToken).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            return new("ports", CheckStatus.Ok, $"{local.Host} is free.");
        }
        catch (ToolException exception) when (isInUse)
        {
            return new("ports", CheckStatus.Ok, $"{exception.Message} The run of this data directory probably listens there.");
        }
        catch (Exception exception) when (exception is ToolException or IOException)
        {
            return new("ports", CheckStatus.Problem, exception.Message);
        }
    }

    private static long? ReadSpace(string path)
    {
        try
        {
            return new DriveInfo(path).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
