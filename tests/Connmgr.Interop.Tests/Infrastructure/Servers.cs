using System.Runtime.CompilerServices;

namespace Connmgr.Interop;

/// <summary>
/// The real servers that <c>./test</c> puts into <c>.servers/</c>, and what else of this machine the tests need. Each Require method is
/// called first in a test: it skips the test with the reason where <c>./test</c> gave one, and fails it where a server should be there and is not.
/// </summary>
internal static class Servers
{
    /// <summary>Set by <c>./test</c> to the reason why there is no bitcoind.</summary>
    public const string NoBitcoind = "CONNMGR_NO_BITCOIND";

    /// <summary>Set by <c>./test</c> to the reason why there is no litecoind.</summary>
    public const string NoLitecoind = "CONNMGR_NO_LITECOIND";

    /// <summary>Set by <c>./test</c> to the reason why there are no network namespaces.</summary>
    public const string NoNamespaces = "CONNMGR_NO_NAMESPACES";

    /// <summary>Set by <c>./test</c> to the reason why packets cannot be filtered.</summary>
    public const string NoPacketFilter = "CONNMGR_NO_PACKET_FILTER";

    /// <summary>Set by <c>./test</c> to the reason why there is no DNS server.</summary>
    public const string NoDnsServer = "CONNMGR_NO_DNS_SERVER";

    /// <summary>Set by <c>./test</c> to the reason why there is no Tor.</summary>
    public const string NoTor = "CONNMGR_NO_TOR";

    /// <summary>Set by <c>./test</c> to the reason why there is no program that maps ports.</summary>
    public const string NoGateway = "CONNMGR_NO_GATEWAY";

    /// <summary>The reason why there is no SOCKS proxy, from ./test.</summary>
    public const string NoSocks = "CONNMGR_NO_SOCKS";

    /// <summary>Set by <c>./test</c> to the reason why there is no I2P router.</summary>
    public const string NoI2P = "CONNMGR_NO_I2P";

    private const string IPv6Switch = "/proc/sys/net/ipv6/conf/default/disable_ipv6";

    /// <summary>The folder of the servers: <c>CONNMGR_SERVERS</c>, else <c>.servers</c> in the root of the repository.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("CONNMGR_SERVERS") ?? Path.Combine(RepositoryRoot(), ".servers");

    private static bool IsContinuousIntegration => string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The path of bitcoind.</summary>
    public static string RequireBitcoind()
    {
        var path = Path.Combine(Folder, "bitcoind", "bin", "bitcoind");
        Require(
            Decide(File.Exists(path), Environment.GetEnvironmentVariable(NoBitcoind), IsContinuousIntegration, $"no bitcoind at {path}; run ./test, which installs it"));
        return path;
    }

    /// <summary>The path of litecoind.</summary>
    public static string RequireLitecoind()
    {
        var path = FindProgram("litecoind");
        Require(Decide(
            path is not null,
            Environment.GetEnvironmentVariable(NoLitecoind),
            IsContinuousIntegration,
            "no program litecoind (Debian package litecoind); run ./test, which installs it"));
        return path!;
    }

    /// <summary>Network namespaces: Linux, root and iproute2.</summary>
    public static void RequireNamespaces() => Require(Decide(
        OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && FindProgram("ip") is not null,
        Environment.GetEnvironmentVariable(NoNamespaces),
        IsContinuousIntegration,
        "no network namespaces: they need Linux, root and the program ip (Debian package iproute2)"));

    /// <summary>IPv6, which is switched off on some machines, and then in their namespaces too.</summary>
    public static void RequireIPv6() => Assert.SkipUnless(
        File.Exists(IPv6Switch) && File.ReadAllText(IPv6Switch).Trim() is "0", $"IPv6 is switched off on this machine: {IPv6Switch} is not 0");

    /// <summary>nftables, for rules inside a namespace.</summary>
    public static void RequirePacketFilter() => Require(Decide(
        FindProgram("nft") is not null,
        Environment.GetEnvironmentVariable(NoPacketFilter),
        IsContinuousIntegration,
        "no program nft (Debian package nftables); run ./test, which installs it"));

    /// <summary>nsd, and the script that starts it; gives the path of the script.</summary>
    public static string RequireDnsServer()
    {
        Require(Decide(
            FindProgram("nsd") is not null || File.Exists("/usr/sbin/nsd"),
            Environment.GetEnvironmentVariable(NoDnsServer),
            IsContinuousIntegration,
            "no program nsd (Debian package nsd); run ./test, which installs it"));
        return Path.Combine(RepositoryRoot(), "tests", "servers", "dnsseed.sh");
    }

    /// <summary>Finds nsd's program that checks zone files, which is installed with it.</summary>
    public static string FindCheckZone() => FindProgram("nsd-checkzone") ?? "/usr/sbin/nsd-checkzone";

    /// <summary>miniupnpd, the program of routers that maps ports; gives its path.</summary>
    public static string RequireGateway()
    {
        var path = FindProgram("miniupnpd") ?? "/usr/sbin/miniupnpd";
        Require(Decide(
            File.Exists(path),
            Environment.GetEnvironmentVariable(NoGateway),
            IsContinuousIntegration,
            "no program miniupnpd (Debian package miniupnpd-nftables); run ./test, which installs it"));
        return path;
    }

    /// <summary>microsocks, a SOCKS5 proxy; gives its path.</summary>
    public static string RequireSocks()
    {
        var path = FindProgram("microsocks");
        Require(Decide(path is not null, Environment.GetEnvironmentVariable(NoSocks), IsContinuousIntegration, "no program microsocks (Debian package microsocks); run ./test, which installs it"));
        return path!;
    }

    /// <summary>Whether a private Tor network can be started: what <see cref="RequireTor"/> and those for namespaces and the DNS server ask for.</summary>
    public static bool HasTorNetwork =>
        IsTorThere && OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && FindProgram("ip") is not null
        && (FindProgram("nsd") is not null || File.Exists("/usr/sbin/nsd"))
        && new[] { NoTor, NoNamespaces, NoDnsServer }.All(name => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));

    private static bool IsTorThere => FindProgram("tor") is not null && FindProgram("tor-gencert") is not null;

    /// <summary>Tor, and the script that starts a private network of it; gives the path of the script.</summary>
    public static string RequireTor()
    {
        Require(Decide(
            IsTorThere,
            Environment.GetEnvironmentVariable(NoTor),
            IsContinuousIntegration,
            "no program tor (Debian package tor); run ./test, which installs it"));
        return Path.Combine(RepositoryRoot(), "tests", "servers", "tornet.sh");
    }

    /// <summary>Whether a private I2P network can be started: what <see cref="RequireI2P"/> and that for namespaces ask for.</summary>
    public static bool HasI2PNetwork =>
        File.Exists(I2PRouter) && OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && FindProgram("ip") is not null
        && new[] { NoI2P, NoNamespaces }.All(name => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));

    private static string I2PRouter => Path.Combine(Folder, "i2pd", "bin", "i2pd");

    /// <summary>An I2P router, and the script that starts a private network of it; gives the paths of both.</summary>
    public static (string Script, string Program) RequireI2P()
    {
        Require(Decide(
            File.Exists(I2PRouter), Environment.GetEnvironmentVariable(NoI2P), IsContinuousIntegration, $"no i2pd at {I2PRouter}; run ./test, which installs it"));
        return (Path.Combine(RepositoryRoot(), "tests", "servers", "i2pnet.sh"), I2PRouter);
    }

    /// <summary>The path of a program in PATH, or null.</summary>
    private static string? FindProgram(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>What becomes of a test: a reason that was given skips it, what is missing without one skips it too but fails it in CI.</summary>
    internal static Verdict Decide(bool present, string? givenReason, bool isContinuousIntegration, string missing) => givenReason switch
    {
        { Length: > 0 } => new Verdict(Fate.Skip, givenReason),
        _ when present => new Verdict(Fate.Run, ""),
        _ => new Verdict(isContinuousIntegration ? Fate.Fail : Fate.Skip, missing),
    };

    private static void Require(Verdict verdict)
    {
        Assert.SkipWhen(verdict.Fate == Fate.Skip, verdict.Reason);
        Assert.False(verdict.Fate == Fate.Fail, verdict.Reason);
    }

    private static string RepositoryRoot([CallerFilePath] string thisFile = "")
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Connmgr.slnx")))
            {
                return folder.FullName;
            }
        }

        return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));
    }

    internal enum Fate
    {
        Run,
        Skip,
        Fail,
    }

    internal readonly record struct Verdict(Fate Fate, string Reason);
}
