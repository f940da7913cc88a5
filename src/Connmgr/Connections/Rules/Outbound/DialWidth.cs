using System.Numerics;

namespace Connmgr.Rules;

/// <summary>
/// The number of simultaneous young dials per vacant slot. It is one, unless the last 16 attempts show that most addresses do not answer at
/// all; then it is the number of dials that contain a live address every second time. If few addresses are alive, two live ones are rarely
/// dialled together, so fast hosts have hardly a race to win, and a slot need not wait for one dead address after the other. Slow hosts do
/// not count as silent, so a slow line does not widen anything. Changed by the rules only. Design C-14.
/// </summary>
internal sealed class DialWidth
{
    /// <summary>The maximum width.</summary>
    public const int Max = Window / 2;

    private const int Window = 16;

    /// <summary>The last 16 automatic attempts, one bit each; set if the attempt got no answer. Unknown ones count as answered.</summary>
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
