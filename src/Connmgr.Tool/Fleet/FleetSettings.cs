using Connmgr.Fleet;
using StackExchange.Redis;

namespace Connmgr.Tool;

/// <summary>The fleet that a command joins. Immutable.</summary>
/// <param name="Redis">The Redis server.</param>
/// <param name="Name">The name of the fleet.</param>
internal sealed record FleetSettings(string Redis, string Name)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>The beginnings of what Redis answers while it starts, or has no server that can write: it passes.</summary>
    private static readonly string[] PassingErrors = ["LOADING ", "MASTERDOWN ", "CLUSTERDOWN ", "READONLY ", "TRYAGAIN "];

    public FleetOptions ToOptions(TimeProvider timeProvider) => new() { Redis = Redis, Fleet = Name, TimeProvider = timeProvider };

    /// <summary>Joins the fleet, now or as soon as Redis answers: does not wait for it.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="notify">Receives what the user must know about the fleet. Called on any thread.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection, in any state.</returns>
    /// <exception cref="ToolException">Redis can't be used, for a reason that does not pass by itself: a wrong password, for example.</exception>
    public async Task<FleetConnection> JoinAsync(TimeProvider timeProvider, Action<string> notify, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAsync(timeProvider, notify, cancellationToken).ConfigureAwait(false);
        }
        catch (ToolException exception) when (IsAway(exception))
        {
            notify($"fleet {Name}: {exception.Message} No peer is dialled before it answers.");
            return Watch(FleetConnection.Create(ToOptions(timeProvider)), timeProvider, notify);
        }
    }

    /// <summary>Joins the fleet as soon as Redis answers: tries again, after pauses of 1 s and longer, up to 30 s.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="notify">Receives what the user must know about the fleet. Called on any thread.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ToolException">Redis can't be used, for a reason that does not pass by itself: a wrong password, for example.</exception>
    public async Task<FleetConnection> JoinWhenItAnswersAsync(TimeProvider timeProvider, Action<string> notify, CancellationToken cancellationToken)
    {
        var hasWaited = false;
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var fleet = await ConnectAsync(timeProvider, notify, cancellationToken).ConfigureAwait(false);
                if (hasWaited)
                    notify($"fleet {Name}: Redis answers.");
                return fleet;
            }
            catch (ToolException exception) when (IsAway(exception))
            {
                if (!hasWaited)
                    notify($"fleet {Name}: {exception.Message} Waiting for it.");
                hasWaited = true;
                await Task.Delay(pause, timeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Determines whether a failure to join passes once Redis is there. Others, such as a wrong password, need the user.</summary>
    internal static bool IsAway(Exception exception) => exception switch
    {
        RedisConnectionException connection => connection.FailureType != ConnectionFailureType.AuthenticationFailure,
        RedisTimeoutException or TimeoutException => true,
        RedisServerException server => Array.Exists(PassingErrors, error => server.Message.StartsWith(error, StringComparison.Ordinal)),
        { InnerException: { } inner } => IsAway(inner),
        _ => false,
    };

    /// <exception cref="ToolException">Redis can't be used.</exception>
    private async Task<FleetConnection> ConnectAsync(TimeProvider timeProvider, Action<string> notify, CancellationToken cancellationToken)
    {
        try
        {
            return Watch(await FleetConnection.ConnectAsync(ToOptions(timeProvider), cancellationToken).ConfigureAwait(false), timeProvider, notify);
        }
        catch (FleetUnavailableException exception)
        {
            throw new ToolException(exception.Message, exception);
        }
    }

    private FleetConnection Watch(FleetConnection fleet, TimeProvider timeProvider, Action<string> notify)
    {
        var hasAnswered = fleet.State != FleetState.Lost;
        fleet.StateChanged += (_, change) =>
        {
            // What was away from the beginning is not lost; the user knows.
            if (hasAnswered || change.State != FleetState.Lost)
                notify(Describe(change));
            hasAnswered = true;
        };
        if (fleet.State == FleetState.Settling)
            notify(Describe(new(FleetState.Settling, reason: null)));
        return fleet;

        string Describe(FleetStateChangedEventArgs change) => change.State switch
        {
            FleetState.Lost => $"fleet {Name}: Redis was lost. {change.Reason} Connections stay, and nothing new begins until it is back.",
            FleetState.Settling => $"fleet {Name}: Redis answers. Nothing new begins for {ToOptions(timeProvider).LeaseDuration.TotalSeconds} s, because others may hold what it has forgotten.",
            _ => $"fleet {Name}: ready.",
        };
    }
}
