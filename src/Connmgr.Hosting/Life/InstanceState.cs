namespace Connmgr.Hosting;

/// <summary>What is known of one instance while it runs: written by who makes and runs it, read by its health check. Thread-safe.</summary>
internal sealed class InstanceState(string name, TimeProvider timeProvider)
{
    private readonly long _zero = timeProvider.GetTimestamp();
    private ConnectionManager? _connections;
    private ConnectionSettings? _settings;
    private long _startedAt = long.MinValue;
    private long _progressAt = long.MinValue;

    /// <summary>The name of the instance; empty for the default one.</summary>
    public string Name { get; } = name;

    public TimeProvider TimeProvider { get; } = timeProvider;

    /// <summary>The manager; null before it is made.</summary>
    public ConnectionManager? Connections => Volatile.Read(ref _connections);

    /// <summary>Says what is missing; the manager alone knows less of it than a network with its address book.</summary>
    public Func<ConnectionManagerSnapshot, ConnectionShortage?> ShortageOf { get; private set; } = static snapshot => ConnectionShortage.Of(snapshot);

    /// <summary>The settings in force: those it was made with, then what was taken up; null before it is made.</summary>
    public ConnectionSettings? Settings
    {
        get => Volatile.Read(ref _settings);
        set => Volatile.Write(ref _settings, value);
    }

    /// <summary>The port of peers that come without one; 0 for none, and before it is made.</summary>
    public int DefaultPort { get; private set; }

    /// <summary>Whether it was made: from then on faulty settings can't keep it from starting.</summary>
    public bool IsMade => Connections is not null;

    /// <summary>Since it was started; null before.</summary>
    public TimeSpan? SinceStart => Since(ref _startedAt);

    /// <summary>Since a connection that is wanted was last established; null when none was.</summary>
    public TimeSpan? SinceEstablished => Since(ref _progressAt);

    /// <summary>It was made.</summary>
    /// <param name="connections">The manager.</param>
    /// <param name="settings">The settings it was made with.</param>
    /// <param name="defaultPort">The port of peers that come without one; 0 for none.</param>
    /// <param name="shortageOf">Says what is missing; null for what the manager knows.</param>
    public void Made(ConnectionManager connections, ConnectionSettings settings, int defaultPort, Func<ConnectionManagerSnapshot, ConnectionShortage?>? shortageOf = null)
    {
        ShortageOf = shortageOf ?? ShortageOf;
        DefaultPort = defaultPort;
        Settings = settings;
        Volatile.Write(ref _connections, connections);
    }

    /// <summary>It has begun to connect.</summary>
    public void Started() => Volatile.Write(ref _startedAt, Now);

    /// <summary>A connection that is wanted was established.</summary>
    public void Established() => Volatile.Write(ref _progressAt, Now);

    /// <summary>In ticks since this was made, so that one word holds it.</summary>
    private long Now => TimeProvider.GetElapsedTime(_zero).Ticks;

    private TimeSpan? Since(ref long moment) => Volatile.Read(ref moment) is > long.MinValue and var at ? TimeSpan.FromTicks(Now - at) : null;
}
