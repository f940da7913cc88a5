namespace Connmgr;

/// <summary>
/// Groups addresses by prefix only, as Bitcoin Core does without an AS map: <see cref="Netgroup.FromAddress(in NetworkAddress)"/>.
/// </summary>
public sealed class PrefixNetgrouper : INetgrouper
{
    private static readonly byte[] NoVersion = new byte[32];

    private PrefixNetgrouper()
    {
    }

    /// <summary>The shared instance.</summary>
    public static PrefixNetgrouper Instance { get; } = new();

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Version => NoVersion;

    /// <inheritdoc/>
    public Netgroup GetGroup(in NetworkAddress address) => Netgroup.FromAddress(address);
}
