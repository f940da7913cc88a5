using System.Reflection;

namespace Connmgr.Hosting.Tests;

/// <summary>The allowed dependencies of the library: abstractions of Microsoft.Extensions, and no ASP.NET.</summary>
public class ArchitectureTests
{
    private static readonly string[] Allowed =
    [
        "Connmgr", "Connmgr.Bitcoin",
        "Microsoft.Extensions.Configuration.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Diagnostics.HealthChecks",
        "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions", "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Logging.Abstractions",
        "Microsoft.Extensions.Options", "Microsoft.Extensions.Options.ConfigurationExtensions", "Microsoft.Extensions.Primitives",
    ];

    [Fact]
    public void Library_ReferencesAbstractionsAlone()
    {
        var references = typeof(BitcoinPeersBuilder).Assembly.GetReferencedAssemblies().Select(name => name.Name!);
        Assert.Empty(references.Where(name => !name.StartsWith("System.", StringComparison.Ordinal)).Except(Allowed, StringComparer.Ordinal));
    }

    [Fact]
    public void PublicTypes_AreSealed_OrMeantToBeExtended()
    {
        var open = typeof(BitcoinPeersBuilder).Assembly.GetExportedTypes().Where(type => type is { IsClass: true, IsSealed: false }).ToList();
        Assert.Equal(typeof(ConnectionSettings), Assert.Single(open));
        Assert.All(typeof(ConnectionSettings).GetConstructors(BindingFlags.NonPublic | BindingFlags.Instance), constructor => Assert.True(constructor.IsFamilyAndAssembly));
    }
}
