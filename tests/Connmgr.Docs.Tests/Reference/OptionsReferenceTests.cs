namespace Connmgr.Docs.Tests.Reference;

public class OptionsReferenceTests
{
    [Fact]
    public void Page_IsWhatTheCodeSays()
    {
        var page = File.ReadAllText(Repository.GetPath(OptionsReference.Path));

        Assert.True(
            OptionsReference.Build().Equals(page, StringComparison.Ordinal),
            $"{OptionsReference.Path} and the code differ: run eng/update-docs.sh, and look at what changed.");
    }

    [Fact]
    public void Types_HaveAllThatTakeOptions()
    {
        Assert.Contains(typeof(ConnectionManagerOptions), OptionsReference.Types);
        Assert.Contains(typeof(Bitcoin.PeerNetworkOptions), OptionsReference.Types);
        Assert.Contains(typeof(Testing.SandboxNetworkOptions), OptionsReference.Types);
        Assert.Contains(typeof(InboundLimits), OptionsReference.Types);
    }

    [Theory]
    [InlineData(typeof(int?), "int?")]
    [InlineData(typeof(Func<System.Net.EndPoint, CancellationToken, ValueTask<Stream>>), "Func<EndPoint, CancellationToken, ValueTask<Stream>>")]
    [InlineData(typeof(IList<byte[]>), "IList<byte[]>")]
    public void TypeName_OfAType_IsWhatOneWrites(Type type, string expected) => Assert.Equal(expected, TypeName.Of(type));
}
