using System.Net;
using System.Net.Sockets;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin.Tests;

public class LoopbackConnectorTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task ConnectSocket_WhateverTheAddress_ConnectsToThisProcess()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var connector = new LoopbackConnector();
        await connector.ConnectSocket(socket, new IPEndPoint(IPAddress.Parse("192.0.2.1"), 8333), new NodeConnectionParameters(), Cancellation);

        using var accepted = connector.TakeAccepted();
        await accepted!.SendAsync(new byte[] { 7 }, Cancellation);
        var received = new byte[1];
        Assert.Equal(1, await socket.ReceiveAsync(received, Cancellation));
        Assert.Equal(7, received[0]);
        Assert.Null(connector.TakeAccepted());
    }

    [Fact]
    public async Task ConnectSocket_Cancelled_LeavesNothing()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var connector = new LoopbackConnector();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => connector.ConnectSocket(socket, new IPEndPoint(IPAddress.Loopback, 8333), new NodeConnectionParameters(), new CancellationToken(canceled: true)));
        Assert.Null(connector.TakeAccepted());
    }

    [Fact]
    public async Task AcceptAsync_WithStrangersBefore_TakesItsOwnConnection_AndClosesTheirs()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await stranger.ConnectAsync(listener.LocalEndPoint!, Cancellation);
        using var own = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        own.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await own.ConnectAsync(listener.LocalEndPoint!, Cancellation);

        using var accepted = await LoopbackConnector.AcceptAsync(listener, (IPEndPoint)own.LocalEndPoint!, Cancellation);

        Assert.Equal(own.LocalEndPoint, accepted.RemoteEndPoint);
        Assert.Equal(0, await stranger.ReceiveAsync(new byte[1], Cancellation)); // Closed.
    }
}
