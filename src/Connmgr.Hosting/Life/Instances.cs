using Connmgr.Bitcoin;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Connmgr.Hosting;

/// <summary>The instances of a service collection, by name. Written while services are registered, read afterwards.</summary>
internal sealed class Instances
{
    private readonly Dictionary<string, object> _registrations = new(StringComparer.Ordinal);

    /// <summary>Gets the instances of a collection.</summary>
    public static Instances Get(IServiceCollection services)
    {
        var found = services.FirstOrDefault(static service => service.ServiceType == typeof(Instances));
        if (found?.ImplementationInstance is Instances instances)
            return instances;
        instances = new Instances();
        services.AddSingleton(instances);
        return instances;
    }

    /// <summary>Gets the registration of a name, or adds one.</summary>
    /// <returns>The registration, and true if it is new.</returns>
    /// <exception cref="ArgumentException">The name belongs to an instance of another kind.</exception>
    public (T Registration, bool IsNew) GetOrAdd<T>(string name, Func<string, T> create)
        where T : class
    {
        if (!_registrations.TryGetValue(name, out var found))
        {
            var created = create(name);
            _registrations.Add(name, created);
            return (created, true);
        }

        return found is T known
            ? (known, false)
            : throw new ArgumentException(
                name.Length == 0
                    ? "There are peers and a connection manager without a name: name one of them."
                    : $"The name '{name}' belongs to both peers and a connection manager: use another for one of them.",
                nameof(name));
    }

    /// <summary>Gets the name of the instance that services without a key belong to.</summary>
    /// <exception cref="InvalidOperationException">There are several, all of them with names.</exception>
    public string GetSoleName<TService>()
    {
        var names = _registrations
            .Where(static each => typeof(TService) != typeof(PeerNetwork) || each.Value is BitcoinPeersRegistration)
            .Select(static each => each.Key)
            .ToList();
        if (names.Contains(Options.DefaultName, StringComparer.Ordinal))
            return Options.DefaultName;
        return names.Count == 1
            ? names[0]
            : throw new InvalidOperationException(
                $"There are several instances of {typeof(TService).Name}: {string.Join(", ", names)}. Say which, by [FromKeyedServices(\"{names[0]}\")] or "
                + $"GetRequiredKeyedService<{typeof(TService).Name}>(\"{names[0]}\").");
    }
}
