using System.Net;
using System.Net.Sockets;

namespace Connmgr;

public sealed class SocketFailureTests
{
    private static readonly IPEndPoint IPv4 = new(IPAddress.Parse("192.0.2.1"), 8333);
    private static readonly IPEndPoint IPv6 = new(IPAddress.Parse("2001:db8::1"), 8333);

    [Theory]
    [InlineData(SocketError.ConnectionRefused, ConnectFailureCause.Refused)]
    [InlineData(SocketError.TimedOut, ConnectFailureCause.Timeout)]
    [InlineData(SocketError.HostUnreachable, ConnectFailureCause.Unreachable)]
    [InlineData(SocketError.HostDown, ConnectFailureCause.Unreachable)]
    [InlineData(SocketError.NetworkUnreachable, ConnectFailureCause.Unreachable)]
    [InlineData(SocketError.NetworkDown, ConnectFailureCause.Unreachable)]
    [InlineData(SocketError.AddressFamilyNotSupported, ConnectFailureCause.Unreachable)]
    [InlineData(SocketError.ConnectionReset, ConnectFailureCause.Reset)]
    [InlineData(SocketError.ConnectionAborted, ConnectFailureCause.Reset)]
    [InlineData(SocketError.TooManyOpenSockets, ConnectFailureCause.Unknown)]
    [InlineData(SocketError.NoBufferSpaceAvailable, ConnectFailureCause.Unknown)]
    [InlineData(SocketError.AccessDenied, ConnectFailureCause.Unknown)]
    [InlineData(SocketError.AddressNotAvailable, ConnectFailureCause.Unknown)]
    [InlineData(SocketError.AddressAlreadyInUse, ConnectFailureCause.Unknown)]
    [InlineData(SocketError.InvalidArgument, ConnectFailureCause.Unknown)]
    public void OfConnecting_SocketError_SaysWhatItMeansForThePeer(SocketError error, ConnectFailureCause cause)
    {
        var socketException = new SocketException((int)error);

        var failure = SocketFailure.OfConnecting(IPv4, local: null, socketException);

        Assert.Equal((ConnectPhase.Tcp, cause), (failure.Phase, failure.Cause));
        Assert.Same(socketException, failure.InnerException);
        Assert.StartsWith("cannot connect to 192.0.2.1:8333: ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith($"({error})", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfConnecting_NoIPv6AddressOfOurOwn_IsUnreachableUnlessTheLocalAddressWasGiven()
    {
        var exception = new SocketException((int)SocketError.AddressNotAvailable);

        Assert.Equal(ConnectFailureCause.Unreachable, SocketFailure.OfConnecting(IPv6, null, exception).Cause);
        Assert.Equal(ConnectFailureCause.Unknown, SocketFailure.OfConnecting(IPv6, new IPEndPoint(IPv6.Address, 0), exception).Cause);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, ConnectFailureCause.NameNotFound)]
    [InlineData(SocketError.NoData, ConnectFailureCause.NameNotFound)]
    [InlineData(SocketError.TimedOut, ConnectFailureCause.Timeout)]
    [InlineData(SocketError.TryAgain, ConnectFailureCause.LookupFailed)]
    [InlineData(SocketError.NoRecovery, ConnectFailureCause.LookupFailed)]
    [InlineData(SocketError.ConnectionRefused, ConnectFailureCause.LookupFailed)]
    [InlineData(SocketError.NetworkUnreachable, ConnectFailureCause.LookupFailed)]
    [InlineData(SocketError.AddressFamilyNotSupported, ConnectFailureCause.LookupFailed)]
    [InlineData(SocketError.TooManyOpenSockets, ConnectFailureCause.Unknown)]
    [InlineData(SocketError.InvalidArgument, ConnectFailureCause.Unknown)]
    public void OfResolving_SocketError_SaysWhetherTheNameExists(SocketError error, ConnectFailureCause cause)
    {
        var failure = SocketFailure.OfResolving(new DnsEndPoint("node.example", 8333), new SocketException((int)error));

        Assert.Equal((ConnectPhase.Resolve, cause), (failure.Phase, failure.Cause));
        Assert.StartsWith("cannot resolve node.example: ", failure.Message, StringComparison.Ordinal);
    }
}
