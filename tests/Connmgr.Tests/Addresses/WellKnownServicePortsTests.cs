namespace Connmgr.Tests.Addresses;

public class WellKnownServicePortsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(22)]
    [InlineData(3306)]
    [InlineData(3389)]
    [InlineData(5432)]
    [InlineData(5900)]
    [InlineData(6000)]
    [InlineData(6665)]
    [InlineData(6669)]
    [InlineData(27017)]
    public void Contains_PortOfAnotherService_True(int port) => Assert.True(WellKnownServicePorts.Contains(port));

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(80)]
    [InlineData(443)]
    [InlineData(6664)]
    [InlineData(6670)]
    [InlineData(8333)]
    [InlineData(18333)]
    [InlineData(38333)]
    [InlineData(48333)]
    [InlineData(65537)]
    public void Contains_OtherPort_False(int port) => Assert.False(WellKnownServicePorts.Contains(port));

    [Fact]
    public void Contains_AllPorts_85AsInCore() => Assert.Equal(85, Enumerable.Range(0, 65536).Count(WellKnownServicePorts.Contains));
}
