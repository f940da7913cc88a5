namespace Connmgr.Testing;

/// <summary>What all peers of a sandbox share.</summary>
internal sealed class SandboxWorld(SandboxNetworkOptions options, SandboxHost[] hosts)
{
    public SandboxNetworkOptions Options { get; } = options;

    public SandboxHost[] Hosts { get; } = hosts;

    public SandboxTip Tip { get; } = new(options.TimeProvider, options.BlockInterval, options.Seed);

    public TimeProvider Time => Options.TimeProvider;
}
