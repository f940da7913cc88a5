using System.Numerics;

namespace Connmgr.Rules;

/// <summary>
/// The number of young dials that a vacant slot has under way at once: one, or as many as it takes to have one live address among them every second
/// time, when the last 16 tell that most addresses give no answer at all. Where few are alive, two of those dialled together seldom are, so
/// there is hardly a race for the fast ones to win; and a slot need not wait out one dead address after the other. Slow hosts are not
/// silent ones: on a slow line nothing is widened. Changed by the rules alone. Design C-14.
/// </summary>
internal sealed class DialWidth
{
    /// <summary>The most at once.</summary>
    public const int Max = Window / 2;

    private const int Window = 16;

    /// <summary>The last 16 automatic attempts that answered or did not, a bit each; set: it did not. What is not known counts as answered.</summary>
    private ushort _silent;

    public int Value
    {
        get
        {
            var answered = Window - BitOperations.PopCount(_silent);
            return answered == 0 ? Max : Math.Max(1, Window / (2 * answered));
        }
    }

    /// <summary>Notes that an attempt became a connection.</summary>
    public void Answered() => _silent <<= 1;

    /// <summary>Notes that an attempt got no answer within four times the hedge delay. One that answers later counts as that as well.</summary>
    public void Silent() => _silent = (ushort)((_silent << 1) | 1);
}
