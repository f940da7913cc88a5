using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Logs the reasons for missing peers where waiting alone does not help. Each reason is logged once until no peer is missing, so that
/// changing conditions cause one message per reason at most.
/// </summary>
internal sealed class ShortageReporter(Func<CancellationToken, Task<ConnectionShortage?>> getShortage, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// The reasons that follow from the options, and so are certain at once. Before the others are reported, connecting gets a moment.
    /// </summary>
    private const ShortageReasons AtOnce = ShortageReasons.NoAddressSource | ShortageReasons.ConnectionLimit;

    private const ShortageReasons Later = AtOnce
        | ShortageReasons.SourceUnavailable | ShortageReasons.NoAddresses | ShortageReasons.Unreachable | ShortageReasons.MissingServices | ShortageReasons.Excluded;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private ShortageReasons _reported; // The reasons logged since peers began to be missing.

    /// <summary>Reports until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Report(await getShortage(cancellationToken).ConfigureAwait(false), AtOnce);
        for (var pause = FirstPause; ; pause = Pause)
        {
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            Report(await getShortage(cancellationToken).ConfigureAwait(false), Later);
        }
    }

    private void Report(ConnectionShortage? shortage, ShortageReasons reported)
    {
        if (shortage is null)
        {
            if (_reported != ShortageReasons.None)
                NetworkLog.NoneMissing(logger);
            _reported = ShortageReasons.None;
        }
        else if ((shortage.Reasons & reported & ~_reported) is var news and not ShortageReasons.None)
        {
            _reported |= news;
            NetworkLog.PeersMissing(logger, shortage);
        }
    }
}
