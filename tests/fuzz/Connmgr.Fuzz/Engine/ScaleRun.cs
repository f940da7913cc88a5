namespace Connmgr.Fuzz;

/// <summary>
/// Looks for readers whose time is not linear: gives each inputs in which one part of an input of the corpus is repeated many times, and four times as many. It uses the
/// clock, so its result is for people to judge.
/// </summary>
internal sealed class ScaleRun(FuzzTarget target, Corpus corpus, int seed)
{
    private const int Patterns = 300;
    private const int Factor = 4;

    /// <summary>What a reader of linear time may need more, since a machine has other work.</summary>
    private const double Slack = 2.5;

    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(40);

    private int _rest; // What the lengths of a pattern have more than a multiple of six.

    /// <summary>The longest time for an input of the greater length.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>The input that took it.</summary>
    public byte[] LongestInput { get; private set; } = [];

    /// <summary>The greatest time for four times as much, by the time for a part, where it takes long enough to tell.</summary>
    public double MostGrowth { get; private set; }

    /// <summary>True if the time of an input grows faster than its length.</summary>
    public bool IsSuspicious => MostGrowth > Factor * Slack;

    public void Run(int length)
    {
        var random = new Random(seed);
        var (inputs, words) = (corpus.Read(target.Name), corpus.ReadDictionary(target.Name));
        for (var i = 0; i < Patterns; i++)
        {
            var input = inputs[random.Next(inputs.Count)];
            var (at, end) = (random.Next(input.Length + 1), random.Next(input.Length + 1));
            (at, end) = (Math.Min(at, end), Math.Max(at, end));
            var part = words.Count > 0 && random.Next(2) == 0 ? words[random.Next(words.Count)] : input[at..end];
            if (part.Length == 0)
                continue;
            _rest = random.Next(6);
            var whole = Repeat(input, at, part, length);
            var time = Measure(whole);
            if (time > Longest)
                (Longest, LongestInput) = (time, whole);
            if (time < Least)
                continue;
            var shorter = Repeat(input, at, part, length / Factor);
            MostGrowth = Math.Max(MostGrowth, Min(time, Measure(whole)) / Min(Measure(shorter), Measure(shorter)));
        }
    }

    private static TimeSpan Min(TimeSpan first, TimeSpan second) => first < second ? first : second;

    /// <summary>Repeats a part. All lengths have the same rest by six, so that they come in the same pieces (<see cref="SplitStream"/>).</summary>
    private byte[] Repeat(byte[] input, int at, byte[] part, int length)
    {
        byte[] whole = [.. input.AsSpan(0, at), .. Enumerable.Repeat(part, Math.Max(1, length / part.Length)).SelectMany(static bytes => bytes), .. input.AsSpan(at)];
        return whole[..Math.Max(0, whole.Length - (whole.Length % 6) - 6 + _rest)];
    }

    private TimeSpan Measure(byte[] input)
    {
        var prepared = target.Prepare?.Invoke(input) ?? input;
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            target.Read(prepared);
        }
        catch (Exception exception) when (exception is FuzzFailure || target.IsDocumented(exception))
        {
            // It was refused.
        }

        return TimeProvider.System.GetElapsedTime(start);
    }
}
