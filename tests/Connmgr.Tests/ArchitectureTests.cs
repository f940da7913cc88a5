using System.Reflection;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Microsoft.Extensions.Logging;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Connmgr.Tests;

/// <summary>The rules that the layout of the projects stands on.</summary>
public class ArchitectureTests
{
    private static readonly Assembly Library = typeof(ConnectionManager).Assembly;

    private static readonly string Root = FindRoot();

    [Fact]
    public void Library_ReferencesNothingButTheRuntimeAndTheLoggingAbstractions()
    {
        var foreign = Library.GetReferencedAssemblies().Select(name => name.Name!).Where(name => !IsOfTheRuntime(name));
        string[] allowed = ["Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions"];
        Assert.Empty(foreign.Except(allowed, StringComparer.Ordinal));
    }

    /// <summary>Read from the project files, so that a reference that is not used yet is seen too.</summary>
    [Theory]
    [InlineData("Connmgr")]
    [InlineData("Connmgr.Bitcoin", "Connmgr")]
    [InlineData("Connmgr.Fleet", "Connmgr.Bitcoin")]
    [InlineData("Connmgr.Fleet.Hosting", "Connmgr.Fleet", "Connmgr.Hosting")]
    [InlineData("Connmgr.Hosting", "Connmgr.Bitcoin")]
    [InlineData("Connmgr.NBitcoin", "Connmgr.Bitcoin")]
    [InlineData("Connmgr.Testing", "Connmgr.Bitcoin")]
    [InlineData("Connmgr.Tool", "Connmgr.Bitcoin", "Connmgr.Fleet", "Connmgr.Testing")]
    public void Projects_DependOneWay(string project, params string[] allowed)
    {
        var file = System.Xml.Linq.XDocument.Load(Path.Combine(Root, "src", project, project + ".csproj"));
        var references = file.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));
        Assert.Empty(references.Except(allowed, StringComparer.Ordinal));
        var packages = file.Descendants("PackageReference").Select(reference => (string)reference.Attribute("Include")!);
        if (project is "Connmgr.Hosting")
            Assert.All(packages, package => Assert.StartsWith("Microsoft.Extensions.", package, StringComparison.Ordinal));
        else if (project is "Connmgr.NBitcoin")
            Assert.Equal("NBitcoin", Assert.Single(packages));
        else if (project is "Connmgr.Fleet")
            Assert.Equal("StackExchange.Redis", Assert.Single(packages));
        else if (project is "Connmgr.Bitcoin")
            Assert.Equal("Secp256k1.Net", Assert.Single(packages));
        else if (project is not "Connmgr.Tool")
            Assert.All(packages, package => Assert.Equal("Microsoft.Extensions.Logging.Abstractions", package));
    }

    [Fact]
    public void Projects_AreAllKnownToTheTestAbove()
    {
        var known = typeof(ArchitectureTests).GetMethod(nameof(Projects_DependOneWay))!.GetCustomAttributes<InlineDataAttribute>()
            .Select(data => (string)data.Data[0]!);
        Assert.Equal(
            Directory.GetDirectories(Path.Combine(Root, "src"))
                .Select(path => Path.GetFileName(path))
                .Where(HasProject)
                .Order(StringComparer.Ordinal),
            known.Order(StringComparer.Ordinal));

        static bool HasProject(string name) => File.Exists(Path.Combine(Root, "src", name, name + ".csproj"));
    }

    [Fact]
    public void Rules_AreDataAlone()
    {
        var architecture = new ArchLoader()
            .LoadAssemblies(
                Library,
                typeof(object).Assembly,
                typeof(System.Threading.Channels.Channel).Assembly,
                typeof(System.Net.Sockets.Socket).Assembly,
                typeof(System.Net.EndPoint).Assembly,
                typeof(System.Collections.Concurrent.ConcurrentDictionary<,>).Assembly,
                typeof(ILogger).Assembly)
            .Build();
        var impure = Types(includeReferenced: true).That()
            .HaveFullNameMatching(@"^System\.Threading\.(?!Interlocked|Volatile)")
            .Or().HaveFullNameMatching(@"^System\.Net\.Sockets\.(?!AddressFamily)")
            .Or().HaveFullNameMatching(@"^System\.IO\.")
            .Or().HaveFullNameMatching(@"^System\.(TimeProvider|DateTime|DateTimeOffset|Environment|Console)$")
            .Or().HaveFullNameMatching(@"^System\.Diagnostics\.Stopwatch$")
            .Or().HaveFullNameMatching(@"^Microsoft\.Extensions\.Logging\.")
            .Or().HaveFullNameMatching(@"^System\.Runtime\.CompilerServices\.Async")
            .As("tasks, channels, sockets, streams, clocks, loggers, threads or cancellation");
        Types().That().ResideInNamespaceMatching(@"^Connmgr\.Rules$")
            .Should().NotDependOnAny(impure)
            .Because("the rules are a pure state machine: what they decide can be replayed")
            .Check(architecture);
    }

    /// <summary>The shell may know the rules; the rules know of the shell only the words of its public language.</summary>
    [Fact]
    public void Rules_KnowNothingOfTheShell()
    {
        var architecture = new ArchLoader().LoadAssemblies(Library).Build();
        var shell = Types().That()
            .Are(typeof(ConnectionManager), typeof(Connection), typeof(ConnectionRequest))
            .Or().Are(typeof(AcceptLoop), typeof(SourceCaller), typeof(EventHub));
        Types().That().ResideInNamespaceMatching(@"^Connmgr\.Rules$").Should().NotDependOnAny(shell).Check(architecture);
    }

    /// <summary>The manager's options are data to the rules: the callbacks reach them guarded, or not at all.</summary>
    [Fact]
    public void Rules_UseNoCallbackOfTheOptions()
    {
        var architecture = new ArchLoader().LoadAssemblies(Library).Build();
        var callbacks = typeof(ConnectionManagerOptions).GetProperties()
            .Where(static property => !property.PropertyType.IsValueType && property.PropertyType != typeof(InboundLimits))
            .Select(static property => property.Name)
            .ToList();
        Assert.Contains(nameof(ConnectionManagerOptions.Gate), callbacks, StringComparer.Ordinal);
        MethodMembers().That().AreDeclaredIn(typeof(ConnectionManagerOptions)).And().HaveNameMatching($"^get_({string.Join('|', callbacks)})\\(")
            .Should().NotBeCalledBy(Types().That().ResideInNamespaceMatching(@"^Connmgr\.Rules$"))
            .Check(architecture);
    }

    private static bool IsOfTheRuntime(string name) =>
        name.StartsWith("System.", StringComparison.Ordinal)
        || name.StartsWith("Microsoft.Win32.", StringComparison.Ordinal)
        || name is "System" or "netstandard" or "mscorlib";

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Connmgr.slnx")))
            directory = directory.Parent ?? throw new InvalidOperationException("Connmgr.slnx was not found above the tests.");
        return directory.FullName;
    }
}
