using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <summary>
/// Logs why peers are missing, where waiting alone does not help: each reason once until nothing is missing, so however things change there is a line for
/// each reason at most.
/// </summary>
internal sealed class ShortageReporter(Func<CancellationToken, Task<ConnectionShortage?>> getShortage, TimeProvider time, ILogger logger)
{
    /// <summary>What follows from the options is known at once; for the rest, connecting gets a moment.</summary>
    private const ShortageReasons AtOnce = ShortageReasons.NoAddressSource | ShortageReasons.LimitTooLow;

    private const ShortageReasons Later = AtOnce | ShortageReasons.NoAddresses | ShortageReasons.Unreachable | ShortageReasons.MissingServices | ShortageReasons.Excluded;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private ShortageReasons _reported;

    /// <summary>Runs until it is cancelled.</summary>
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
