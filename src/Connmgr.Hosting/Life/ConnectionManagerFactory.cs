using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>Creates the connection manager of an instance from its settings and its registration.</summary>
internal static class ConnectionManagerFactory
{
    /// <summary>Creates the manager and opens its listeners.</summary>
    public static ConnectionManager Create(IServiceProvider services, ConnectionManagerRegistration registration)
    {
        var state = services.GetRequiredKeyedService<InstanceState>(registration.Name);
        var settings = services.GetRequiredService<IOptionsMonitor<ConnectionManagerSettings>>().Get(registration.Name);
        var options = new ConnectionManagerOptions
        {
            Dial = new TcpDialer(new TcpDialerOptions { TimeProvider = state.TimeProvider }).DialAsync,
            TimeProvider = state.TimeProvider,
            LoggerFactory = NamedLoggerFactory.Create(services, registration.Name),
            MeterFactory = services.GetService<IMeterFactory>(),
            InstanceName = registration.Name.Length == 0 ? null : registration.Name,
        };
        settings.ApplyTo(options);
        foreach (var configure in registration.Configure)
            configure(services, options);
        var opened = new List<IConnectionListener>();
        try
        {
            foreach (var endPoint in settings.ListenOn)
                opened.Add(TcpConnectionListener.Listen(endPoint));
            foreach (var local in settings.ListenOnInterfaces)
                opened.Add(InterfaceListener.Listen(local.Host, local.Port, timeProvider: state.TimeProvider));
            foreach (var endPoint in settings.OnionListenOn)
                opened.Add(TcpConnectionListener.Listen(endPoint, profile: new ListenerProfile { IsOnion = true }));
            options.Listeners = [.. options.Listeners, .. opened];
            var manager = new ConnectionManager(options);
            foreach (var peer in settings.PermanentPeers)
                manager.Connect(peer, permanent: true);
            state.OnCreated(manager, settings, defaultPort: 0);
            return manager;
        }
        catch
        {
            foreach (var listener in opened.OfType<IDisposable>())
                listener.Dispose();
            throw;
        }
    }
}
