namespace Connmgr;

/// <summary>Something for the loop to do: a static function, and what it is about. A value, so that posting allocates nothing.</summary>
/// <param name="Apply">What to do.</param>
/// <param name="Subject">What with.</param>
/// <param name="Detail">What it needs beside.</param>
internal readonly record struct Message(Message.Function Apply, object? Subject, object? Detail)
{
    internal delegate void Function(ConnectionManager manager, object? subject, object? detail, TimeSpan now);
}
