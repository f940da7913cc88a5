namespace Connmgr.Interop.Network;

/// <summary>A run that listens on an interface of a namespace, whose addresses change.</summary>
public sealed class InterfaceListenerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_ListensOnAnInterface_FollowsItsAddresses()
    {
        await using var network = await NetworkNamespace.CreateAsync(isEverywhere: false, Cancellation);
        await network.RunIpAsync("link add d0 type veth peer name d1", Cancellation);
        await network.RunIpAsync("link set d0 up", Cancellation);
        await network.RunIpAsync("link set d1 up", Cancellation);
        await network.RunIpAsync("address add 10.1.0.1/24 dev d0", Cancellation);
        await using var run = ToolProcess.Start(network, "run", "--network", "regtest", "--listen", "d0:8333", "--json");
        await ListensAsync("10.1.0.1:8333");

        await network.RunIpAsync("address add 10.2.0.1/24 dev d0", Cancellation);
        await ListensAsync("10.1.0.1:8333", "10.2.0.1:8333");
        await network.RunIpAsync("address del 10.1.0.1/24 dev d0", Cancellation);
        await ListensAsync("10.2.0.1:8333");
        await network.RunIpAsync("link del d0", Cancellation);
        await ListensAsync();
        Assert.Equal(0, await run.TerminateAsync(Cancellation));

        async Task ListensAsync(params string[] expected)
        {
            string[] found = [];
            await Poll.UntilAsync(
                async token =>
                {
                    var lines = await network.RunAsync("ss", ["-ltnH"], token);
                    found = [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]).Order(StringComparer.Ordinal)];
                    return found.SequenceEqual(expected, StringComparer.Ordinal);
                },
                () => $"listens on {string.Join(", ", found)} instead of {string.Join(", ", expected)}: {run.Output}",
                Cancellation);
        }
    }
}
