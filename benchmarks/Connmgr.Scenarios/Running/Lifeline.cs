namespace Connmgr.Scenarios;

/// <summary>Ties a measuring process to the one that started it, so that it ends when that is killed.</summary>
internal static class Lifeline
{
    /// <summary>Ends this process when its standard input ends. Costs a thread that waits.</summary>
    public static void EndWithParent() => new Thread(static () =>
    {
        while (Console.In.Read() >= 0)
        {
            // The input of a measuring process has no content.
        }

        Environment.Exit(3);
    })
    { IsBackground = true, Name = "lifeline" }.Start();
}
