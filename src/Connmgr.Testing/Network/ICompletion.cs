namespace Connmgr.Testing;

/// <summary>An operation whose outcome is decided and whose waiter is still to be told.</summary>
internal interface ICompletion
{
    void Complete();
}
