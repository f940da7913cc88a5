namespace Connmgr.Bitcoin;

/// <summary>
/// Learns how long a peer takes to answer each command, and computes the time to wait for the next answer, as TCP does (RFC 6298): the mean
/// and four times the deviation, doubled after each time-out until the next answer. Pure; not thread-safe.
/// </summary>
internal sealed class AnswerTimes
{
    /// <summary>The most commands whose times are kept. Those of the program's requests, so seldom more than a few.</summary>
    public const int MaxCommands = 64;

    /// <summary>The timeout before the first answer.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(30);

    /// <summary>The least timeout.</summary>
    public static readonly TimeSpan Floor = TimeSpan.FromSeconds(5);

    /// <summary>The longest timeout.</summary>
    public static readonly TimeSpan Cap = TimeSpan.FromMinutes(2);

    private readonly Dictionary<MessageCommand, Estimate> _estimates = [];

    /// <summary>Computes the timeout of the next request.</summary>
    /// <param name="command">The command of the request.</param>
    public TimeSpan GetTimeout(MessageCommand command)
    {
        if (!_estimates.TryGetValue(command, out var known))
            return First;

        var timeout = known.Mean is { } mean ? mean + (4 * known.Deviation) : First;
        for (var left = known.Timeouts; left > 0 && timeout < Cap; left--)
            timeout = 2 * (timeout < Floor ? Floor : timeout);
        return timeout < Floor ? Floor : timeout > Cap ? Cap : timeout;
    }

    /// <summary>Takes the time of an answer.</summary>
    /// <param name="command">The command of the request.</param>
    /// <param name="time">The time from the request, or from the answer before if the peer was busy with it, to the answer.</param>
    public void AddAnswer(MessageCommand command, TimeSpan time)
    {
        time = time < TimeSpan.Zero ? TimeSpan.Zero : time;
        var known = Get(command);
        if (known is null)
            return;
        if (known.Mean is not { } mean)
        {
            (known.Mean, known.Deviation) = (time, time / 2);
        }
        else
        {
            known.Deviation += ((time - mean).Duration() - known.Deviation) / 4;
            known.Mean = mean + ((time - mean) / 8);
        }

        known.Timeouts = 0;
    }

    /// <summary>Takes note of a request that was not answered in time.</summary>
    /// <param name="command">The command of the request.</param>
    public void AddTimeout(MessageCommand command)
    {
        if (Get(command) is { Timeouts: < 16 } known)
            known.Timeouts++;
    }

    private Estimate? Get(MessageCommand command)
    {
        if (_estimates.TryGetValue(command, out var known))
            return known;
        if (_estimates.Count == MaxCommands)
            return null;
        return _estimates[command] = new();
    }

    private sealed class Estimate
    {
        public TimeSpan? Mean { get; set; }

        public TimeSpan Deviation { get; set; }

        /// <summary>The number of time-outs since the last answer.</summary>
        public int Timeouts { get; set; }
    }
}
