using Connmgr.Testing;

namespace Connmgr.Hosting.Tests.Support;

/// <summary>Peers that live in a sandbox.</summary>
internal static class SandboxServices
{
    /// <summary>Has peers dial a sandbox and find it by its DNS seeds.</summary>
    public static BitcoinPeersBuilder In(this BitcoinPeersBuilder builder, SandboxNetwork sandbox) => builder
        .UseChain(SandboxNetwork.SeededChain)
        .ConfigureNetwork((_, options) =>
        {
            (options.Dial, options.Lookup) = (sandbox.DialAsync, sandbox.LookupAsync);

            // No feeler and no further peer at a moment of chance while a test counts those that it wants.
            options.Policies = new() { FeelerInterval = null, ExtraNetworkInterval = null };
        });
}
