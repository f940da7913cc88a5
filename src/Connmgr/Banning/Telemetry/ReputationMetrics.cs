using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Connmgr;

/// <summary>
/// The metrics of a <see cref="PeerReputation"/>: its bans and scores, until it is disposed. <c>PeerNetwork</c> creates its own; create one for a
/// reputation that you pass to a <see cref="ConnectionManager"/>.
/// <para>Thread safety: all members may be called from any thread.</para>
/// </summary>
internal sealed class ReputationMetrics : IDisposable
{
    /// <summary>The maximum number of distinct names of <see cref="Misbehavior"/>; all others count as "other".</summary>
    public const int MaxMisbehaviors = 40;

    private readonly PeerReputation _reputation;
    private readonly ReputationInstruments _instruments;
    private readonly KeyValuePair<string, object?> _instance;
    private readonly BoundedWords _misbehaviors = new(MaxMisbehaviors);

    /// <summary>Begins to measure.</summary>
    /// <param name="reputation">The reputation to measure.</param>
    /// <param name="meterFactory">As <see cref="ConnectionManagerOptions.MeterFactory"/>.</param>
    /// <param name="instanceName">As <see cref="ConnectionManagerOptions.InstanceName"/>.</param>
    public ReputationMetrics(PeerReputation reputation, IMeterFactory? meterFactory = null, string? instanceName = null)
    {
        _reputation = reputation;
        _instruments = ReputationInstruments.GetOrCreate(meterFactory);
        _instance = TelemetryTags.GetInstance(instanceName ?? TelemetryTags.DefaultInstance);
        reputation.Bans.Changed += OnBansChanged;
        reputation.Scored += OnScored;
        _instruments.Add(this);
    }

    /// <summary>Stops measuring.</summary>
    public void Dispose()
    {
        _instruments.Remove(this);
        _reputation.Scored -= OnScored;
        _reputation.Bans.Changed -= OnBansChanged;
    }

    internal Measurement<int> Active() => new(_reputation.Bans.Count, _instance);

    private void OnBansChanged(object? sender, BansChangedEventArgs change)
    {
        if (!_instruments.Bans.IsEnabled)
            return;
        foreach (var bans in change.Bans.GroupBy(static ban => ban.Cause))
        {
            _instruments.Bans.Add(bans.Count(), new TagList
            {
                _instance,
                new(TelemetryTags.BanChange, TelemetryWords<BanChangeKind>.GetWord(change.Kind)),
                new(TelemetryTags.BanCause, TelemetryWords<BanCause>.GetWord(bans.Key)),
            });
        }
    }

    private void OnScored(string misbehavior, MisbehaviorAction verdict)
    {
        if (_instruments.Bumps.IsEnabled)
        {
            _instruments.Bumps.Add(1, new TagList
            {
                _instance, new(TelemetryTags.Misbehavior, _misbehaviors.GetWord(misbehavior)), new(TelemetryTags.Verdict, TelemetryWords<MisbehaviorAction>.GetWord(verdict)),
            });
        }
    }
}
