using System.Runtime.InteropServices;

namespace Connmgr.Simulation;

/// <summary>A share of runs, with its 95 % interval by Wilson's score.</summary>
/// <param name="Hits">The runs in which it happened.</param>
/// <param name="Runs">All runs.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Proportion(int Hits, int Runs)
{
    private const double Z = 1.959963984540054;

    public double Value => Runs == 0 ? 0 : (double)Hits / Runs;

    public double Low => GetBounds().Low;

    public double High => GetBounds().High;

    public override string ToString() => Invariant($"{100 * Value:0.0} % ({100 * Low:0.0} to {100 * High:0.0})");

    private (double Low, double High) GetBounds()
    {
        if (Runs == 0)
            return (0, 1);
        var (p, square) = (Value, Z * Z / Runs);
        var middle = (p + (square / 2)) / (1 + square);
        var half = Z * Math.Sqrt((p * (1 - p) / Runs) + (square / (4 * Runs))) / (1 + square);
        return (Hits == 0 ? 0 : middle - half, Hits == Runs ? 1 : middle + half);
    }
}

/// <summary>A mean over runs, with its 95 % interval.</summary>
internal sealed class Mean
{
    private double _sum;
    private double _squares;

    public int Count { get; private set; }

    public double Value => Count == 0 ? 0 : _sum / Count;

    /// <summary>Half of the 95 % interval.</summary>
    public double Error => Count < 2 ? 0 : 1.96 * Math.Sqrt(Math.Max(0, (_squares / Count) - (Value * Value)) / (Count - 1));

    public void Add(double value)
    {
        Count++;
        _sum += value;
        _squares += value * value;
    }
}
