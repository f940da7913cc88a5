using Connmgr.Bitcoin;
using NBitcoin.Protocol;

namespace Connmgr.NBitcoin.Tests;

public class OnPayloadTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public void OnPayload_OfSeveralTypes_MakesTheirCommandsTheInterest()
    {
        var options = new PeerNetworkOptions();
        options.OnPayload<HeadersPayload>(Ignore).OnPayload<InvPayload>(Ignore).OnPayload<InvPayload>(Ignore);
        Assert.Equal(["headers", "inv"], options.MessageCommands!.Select(static command => command.ToString()), StringComparer.Ordinal);
    }

    [Fact]
    public void OnPayload_BesideAHandlerOfAllMessages_LeavesTheInterestAtAll()
    {
        var options = new PeerNetworkOptions { OnMessage = static (_, _, _) => ValueTask.CompletedTask };
        options.OnPayload<HeadersPayload>(Ignore);
        Assert.Null(options.MessageCommands);
    }

    [Fact]
    public void OnPayload_BesideAHandlerOfSomeMessages_AddsToThem()
    {
        var options = new PeerNetworkOptions
        {
            OnMessage = static (_, _, _) => ValueTask.CompletedTask,
            Protocol = new() { MessageCommands = [new("tx")] },
        };
        options.OnPayload<HeadersPayload>(Ignore);
        Assert.Equal(["tx", "headers"], options.MessageCommands!.Select(static command => command.ToString()), StringComparer.Ordinal);
    }

    [Fact]
    public void OnPayload_OfATypeWithoutCommand_IsAnError() =>
        Assert.Throws<ArgumentException>(static () => new PeerNetworkOptions().OnPayload<UnknownPayload>(Ignore));

    [Fact]
    public async Task Handlers_GetTheirPayloadsInOrder_AndTheOtherHandlerTheRest()
    {
        var calls = new List<string>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new PeerNetworkOptions
        {
            OnMessage = (_, message, _) =>
            {
                calls.Add($"other {message.Command}");
                done.TrySetResult();
                return ValueTask.CompletedTask;
            },
        };
        options
            .OnPayload<PongPayload>(Record)
            .OnPayload<HeadersPayload>(Record)
            .OnPayload<HeadersPayload>((_, _, _) =>
            {
                calls.Add("second");
                return ValueTask.CompletedTask;
            })
            .OnPayload<NotFoundPayload>(Record)
            .OnPayload<OddPayload>(Record);
        await using var pair = await PeerPair.CreateAsync(TestNetworks.Litecoin.ToChainParameters());
        pair.Run(options.OnMessage!);

        await pair.Remote.SendAsync(new("headers"), new byte[] { 9, 9 }, Cancellation); // Malformed.
        await pair.Remote.SendAsync(new HeadersPayload(), Cancellation);
        await pair.Remote.SendAsync(new NotFoundPayload(), Cancellation);
        await pair.Remote.SendAsync(new OddPayload { Number = 4 }, Cancellation); // Unknown to the network, but not to the program.
        await pair.Remote.SendAsync(new SendHeadersPayload(), Cancellation);
        await done.Task.WaitAsync(Cancellation);

        Assert.Equal(["HeadersPayload", "second", "NotFoundPayload", "OddPayload", "other sendheaders"], calls);
        Assert.Equal((1, ProtocolViolation.BadPayload), (pair.Local.MessagesIgnored, pair.Local.LastIgnored));

        ValueTask Record<T>(BitcoinPeer peer, T payload, CancellationToken token)
            where T : Payload
        {
            calls.Add(payload.GetType().Name);
            return ValueTask.CompletedTask;
        }
    }

    private static ValueTask Ignore<T>(BitcoinPeer peer, T payload, CancellationToken token) => ValueTask.CompletedTask;
}
