namespace Connmgr.Fuzz;

/// <summary>An input for which a reader broke a rule.</summary>
internal sealed class FuzzFailure : Exception
{
    public FuzzFailure(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Breaks off unless a condition holds that the reader promises.</summary>
    public static void Unless(bool condition, string promise)
    {
        if (!condition)
            throw new FuzzFailure($"it does not hold that {promise}");
    }
}
