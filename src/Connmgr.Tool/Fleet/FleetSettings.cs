using Connmgr.Fleet;

namespace Connmgr.Tool;

/// <summary>The fleet that a command joins. Immutable.</summary>
/// <param name="Redis">The Redis server.</param>
/// <param name="Name">The name of the fleet.</param>
internal sealed record FleetSettings(string Redis, string Name)
{
    public FleetOptions ToOptions(TimeProvider timeProvider) => new() { Redis = Redis, Fleet = Name, TimeProvider = timeProvider };

    /// <summary>Joins the fleet.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="notify">Receives what the user must know about the fleet. Called on any thread.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ToolException">Redis can't be used.</exception>
    public async Task<FleetConnection> JoinAsync(TimeProvider timeProvider, Action<string> notify, CancellationToken cancellationToken)
    {
        FleetConnection fleet;
        try
        {
            fleet = await FleetConnection.ConnectAsync(ToOptions(timeProvider), cancellationToken).ConfigureAwait(false);
        }
        catch (FleetUnavailableException exception)
        {
            throw new ToolException(exception.Message, exception);
        }

        fleet.StateChanged += (_, change) => notify(Describe(change));
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
