namespace Connmgr;

/// <summary>A message to the loop: a static function and its arguments. A value, so that posting allocates nothing.</summary>
/// <param name="Apply">The function.</param>
/// <param name="Subject">The object that the message is about.</param>
/// <param name="Detail">A further argument.</param>
internal readonly record struct Message(Message.Function Apply, object? Subject, object? Detail)
{
    internal delegate void Function(ManagerInputs inputs, object? subject, object? detail, TimeSpan now);
}
