namespace Connmgr;

/// <summary>The default of the options named Random.</summary>
internal static class DefaultRandom
{
    /// <summary>Gets the instance that the options have, or creates one.</summary>
    public static Random Get(Random? given) => given ?? Create();

    /// <summary>
    /// Creates an instance for code that must not share <paramref name="given"/>, which is not thread-safe. Its numbers follow from those of
    /// the given instance, so a run can be repeated.
    /// </summary>
    public static Random Fork(Random? given) => given is null ? Create() : new Random(given.Next());

    // The system seeds it with 256 bits. An Int32 seed has 31: a peer that sees some choices could try every seed and predict the rest.
#pragma warning disable RS0030 // The one place where chance comes from the system.
    private static Random Create() => new();
#pragma warning restore RS0030
}
