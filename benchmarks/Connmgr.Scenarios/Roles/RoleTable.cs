namespace Connmgr.Scenarios;

/// <summary>The roles that a process of this program can have for another.</summary>
internal static class RoleTable
{
    private static readonly Dictionary<string, Func<IReadOnlyList<string>, Task>> Roles = new(StringComparer.Ordinal)
    {
        [ListenRole.Name] = ListenRole.RunAsync,
        [ShortClientRole.Name] = ShortClientRole.RunAsync,
        [HoldClientRole.Name] = HoldClientRole.RunAsync,
        [HeldServerRole.Name] = HeldServerRole.RunAsync,
        [SocksStubRole.Name] = SocksStubRole.RunAsync,
        [BitcoinStubsRole.Name] = BitcoinStubsRole.RunAsync,
    };

    /// <summary>Runs a role until it is done, or until standard input ends.</summary>
    /// <exception cref="InvalidOperationException">There is no such role.</exception>
    public static Task RunAsync(string name, IReadOnlyList<string> arguments) => Roles.TryGetValue(name, out var run)
        ? run(arguments)
        : throw new InvalidOperationException($"There is no role '{name}': there are {string.Join(", ", Roles.Keys)}.");
}
