using Microsoft.Extensions.Logging;

namespace Connmgr;

/// <summary>
/// Adds the addresses of seeds to the book, stores the last outcome of each seed, and calls the user's callbacks. Used by the loop only,
/// except for <see cref="Outcomes"/>.
/// </summary>
internal sealed partial class SeedIntake(AddressSeederOptions options, ILogger logger)
{
    private bool _reportsLater;
    private bool _hasToReport;
    private volatile SeedOutcome[] _outcomes = []; // Replaced, never changed.

    /// <summary>The last outcome of each seed, in the order of the first outcomes. May be read from any thread.</summary>
    public IReadOnlyList<SeedOutcome> Outcomes => _outcomes;

    /// <summary>Adds addresses to the book.</summary>
    /// <returns>The answer, or a failure if the book threw.</returns>
    public SeedAnswer Add(SeedAnswer answer, IReadOnlyList<PeerAddress> addresses, NetworkAddress source)
    {
        if (addresses.Count == 0)
            return answer;
        try
        {
            options.AddAddresses!(addresses, source);
            return answer;
        }
        catch (Exception exception)
        {
            LogCallbackFailed(logger, nameof(AddressSeederOptions.AddAddresses), exception);
            return answer with { AddressCount = 0, Failure = SeedFailure.RequestFailed, Exception = exception };
        }
    }

    /// <summary>Stores an outcome and reports it.</summary>
    public void Record(SeedAnswer answer, int timesAsked)
    {
        var outcome = new SeedOutcome(answer, timesAsked, options.TimeProvider.GetUtcNow());
        var index = Array.FindIndex(_outcomes, known => known.Kind == outcome.Kind && string.Equals(known.Name, outcome.Name, StringComparison.Ordinal));
        var outcomes = index < 0 ? [.. _outcomes, outcome] : (SeedOutcome[])_outcomes.Clone();
        if (index >= 0)
            outcomes[index] = outcome;
        _outcomes = outcomes;

        if (outcome.AddressCount > 0)
            ReportAdded();
        if (options.OnSeeded is { } onSeeded)
            Call(nameof(AddressSeederOptions.OnSeeded), () => onSeeded(outcome));
    }

    /// <summary>Handles several answers, and reports their addresses once, when all are in the book.</summary>
    public void AddTogether(IReadOnlyList<Action> answers)
    {
        _reportsLater = true;
        foreach (var answer in answers)
            answer();
        _reportsLater = false;
        if (!_hasToReport)
            return;

        _hasToReport = false;
        ReportAdded();
    }

    /// <summary>Reports that addresses were added to the book.</summary>
    public void ReportAdded()
    {
        if (_reportsLater)
            _hasToReport = true;
        else if (options.OnAddressesAdded is { } addressesAdded)
            Call(nameof(AddressSeederOptions.OnAddressesAdded), addressesAdded);
    }

    private void Call(string name, Action callback)
    {
        try
        {
            callback();
        }
        catch (Exception exception)
        {
            LogCallbackFailed(logger, name, exception);
        }
    }

    [LoggerMessage(EventId = 313, EventName = "SeedingCallbackFailed", Level = LogLevel.Error, Message = "{Callback} threw. Seeding continues.")]
    private static partial void LogCallbackFailed(ILogger logger, string callback, Exception exception);
}
