namespace Connmgr.Hosting;

/// <summary>What a program says of the connection manager of one instance while services are registered.</summary>
internal sealed class ConnectionManagerRegistration(string name)
{
    public string Name { get; } = name;

    /// <summary>What changes the options before the manager is made, in order.</summary>
    public List<Action<IServiceProvider, ConnectionManagerOptions>> Configure { get; } = [];
}
