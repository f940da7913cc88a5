namespace Connmgr;

/// <summary>The options of a <see cref="PeerReputation"/>. Validated and used when the reputation is created. Not thread-safe.</summary>
public sealed class PeerReputationOptions : IValidatedOptions
{
    /// <summary>
    /// The bans, such as a list that <see cref="BanListFile"/> has read. Null, the default: a new, empty list with the clock of
    /// <see cref="Scores"/>.
    /// </summary>
    public BanList? Bans { get; set; }

    /// <summary>
    /// The callback that recognizes addresses that do not stand for a single host, in addition to those that are not publicly routable: the
    /// addresses of this machine, and those of a proxy or a Tor through which peers arrive. They get no score and no automatic ban, but
    /// manual bans apply to them. Must be fast and thread-safe. Null, the default: none. A PeerNetwork that creates its own reputation
    /// recognizes them.
    /// </summary>
    public Func<NetworkAddress, bool>? IsShared { get; set; }

    /// <summary>The options of the scores. Default: those of <see cref="HostScoresOptions"/>.</summary>
    public HostScoresOptions Scores { get; set; } = new();

    /// <summary>The duration of the ban of a host whose score is above the threshold. A second or more. Default 24 h, as in btcd.</summary>
    public TimeSpan BanDuration { get; set; } = BanList.DefaultDuration;

    /// <summary>The discouraged hosts. Null, the default: a new, empty set.</summary>
    public DiscouragedHosts? Discouraged { get; set; }

    /// <summary>Gets all errors of the options: those that the constructor of <see cref="PeerReputation"/> throws.</summary>
    /// <returns>One sentence per error, which begins with the name of the option and ends with the remedy. Empty if the options are valid.</returns>
    public IReadOnlyList<string> GetErrors() => [.. Errors(), .. OptionsErrors.Under(nameof(Scores), Scores)];

    private IEnumerable<string> Errors()
    {
        if (Scores is null)
            yield return $"{nameof(Scores)} is null; leave it out for the defaults.";
        if (BanDuration < TimeSpan.FromSeconds(1))
            yield return $"{nameof(BanDuration)} is {BanDuration}; it must be a second or more.";
    }
}
