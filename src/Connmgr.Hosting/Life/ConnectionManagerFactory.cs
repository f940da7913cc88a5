using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>Makes the connection manager of an instance from its settings and from what the program says.</summary>
internal static class ConnectionManagerFactory
{
    /// <summary>Makes it, and listens.</summary>
    public static ConnectionManager Make(IServiceProvider services, ConnectionManagerRegistration registration)
    {
        var state = services.GetRequiredKeyedService<InstanceState>(registration.Name);
        var settings = services.GetRequiredService<IOptionsMonitor<ConnectionManagerSettings>>().Get(registration.Name);
        var options = new ConnectionManagerOptions
        {
            Dial = new TcpDialer(new TcpDialerOptions { TimeProvider = state.TimeProvider }).DialAsync,
            TimeProvider = state.TimeProvider,
            LoggerFactory = NamedLoggerFactory.Of(services, registration.Name),
            MeterFactory = services.GetService<IMeterFactory>(),
            InstanceName = registration.Name.Length == 0 ? null : registration.Name,
        };
        settings.ApplyTo(options);
        foreach (var configure in registration.Configure)
            configure(services, options);
        var opened = new List<TcpConnectionListener>();
        try
        {
            foreach (var endPoint in settings.ListenOn)
                opened.Add(TcpConnectionListener.Listen(endPoint));
            foreach (var endPoint in settings.OnionListenOn)
                opened.Add(TcpConnectionListener.Listen(endPoint, profile: new ListenerProfile { IsOnion = true }));
            options.Listeners = [.. options.Listeners, .. opened];
            var manager = new ConnectionManager(options);
            foreach (var peer in settings.PermanentPeers)
                manager.Connect(peer, permanent: true);
            state.Made(manager, settings, defaultPort: 0);
            return manager;
        }
        catch
        {
            foreach (var listener in opened)
                listener.Dispose();
            throw;
        }
    }
}
