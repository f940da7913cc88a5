namespace Connmgr.Hosting;

/// <summary>The state of one instance: written by its factory and its hosted service, read by its health check. Thread-safe.</summary>
internal sealed class InstanceState(string name, TimeProvider timeProvider)
{
    private readonly long _createdAt = timeProvider.GetTimestamp();
    private ConnectionManager? _connections;
    private ConnectionSettings? _settings;
    private long _startedAt = long.MinValue;
    private long _progressAt = long.MinValue;

    /// <summary>The name of the instance; empty for the default one.</summary>
    public string Name { get; } = name;

    public TimeProvider TimeProvider { get; } = timeProvider;

    /// <summary>The manager; null before it is created.</summary>
    public ConnectionManager? Connections => Volatile.Read(ref _connections);

    /// <summary>The function that explains missing connections. A network with an address book knows more reasons than the manager alone.</summary>
    public Func<ConnectionManagerSnapshot, ConnectionShortage?> GetShortage { get; private set; } = static snapshot => ConnectionShortage.FromSnapshot(snapshot);

    /// <summary>The function that gets the state of the port mappings; null when they are off. Set before the instance is created.</summary>
    public Func<PortMappingState?> GetPortMapping { get; set; } = static () => null;

    /// <summary>The function that gets the number of addresses at which others can reach the node; null without a network. Set before the instance is created.</summary>
    public Func<int?> GetExternalAddresses { get; set; } = static () => null;

    /// <summary>The function that gets the time by which the clock is ahead of those of the peers; null while it is not known. Set before the instance is created.</summary>
    public Func<TimeSpan?> GetClockOffset { get; set; } = static () => null;

    /// <summary>The function that gets the state of Tor's control port; null without one. Set before the instance is created.</summary>
    public Func<TorState?> GetTor { get; set; } = static () => null;

    /// <summary>The function that gets the state of I2P; null without a router. Set before the instance is created.</summary>
    public Func<I2PState?> GetI2P { get; set; } = static () => null;

    /// <summary>The settings in force: those it was created with, then applied changes; null before it is created.</summary>
    public ConnectionSettings? Settings
    {
        get => Volatile.Read(ref _settings);
        set => Volatile.Write(ref _settings, value);
    }

    /// <summary>The port of peers that are given without one; 0 for none, and before it is created.</summary>
    public int DefaultPort { get; private set; }

    /// <summary>True once it has been created: from then on invalid settings do not keep it from starting.</summary>
    public bool IsCreated => Connections is not null;

    /// <summary>The time since it was started; null before.</summary>
    public TimeSpan? SinceStart => Since(ref _startedAt);

    /// <summary>The time since a wanted connection was last established; null if none has been.</summary>
    public TimeSpan? SinceEstablished => Since(ref _progressAt);

    /// <summary>Records that the instance has been created.</summary>
    /// <param name="connections">The manager.</param>
    /// <param name="settings">The settings it was created with.</param>
    /// <param name="defaultPort">The port of peers that are given without one; 0 for none.</param>
    /// <param name="getShortage">Explains missing connections; null to explain them by the manager alone.</param>
    public void OnCreated(ConnectionManager connections, ConnectionSettings settings, int defaultPort, Func<ConnectionManagerSnapshot, ConnectionShortage?>? getShortage = null)
    {
        GetShortage = getShortage ?? GetShortage;
        DefaultPort = defaultPort;
        Settings = settings;
        Volatile.Write(ref _connections, connections);
    }

    /// <summary>Records that it has begun to connect.</summary>
    public void OnStarted() => Volatile.Write(ref _startedAt, Now);

    /// <summary>Records that a wanted connection was established.</summary>
    public void OnEstablished() => Volatile.Write(ref _progressAt, Now);

    /// <summary>The time in ticks since this object was created, so that it fits into one word.</summary>
    private long Now => TimeProvider.GetElapsedTime(_createdAt).Ticks;

    private TimeSpan? Since(ref long moment) => Volatile.Read(ref moment) is > long.MinValue and var at ? TimeSpan.FromTicks(Now - at) : null;
}
