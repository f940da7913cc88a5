using System.Net.Sockets;

namespace Connmgr.Testing.Tests;

internal static class Expect
{
    /// <summary>Asserts that the task has failed with a socket error, as real streams report it.</summary>
    public static async Task SocketErrorAsync(SocketError expected, Task task)
    {
        Assert.True(task.IsCompleted);
        var exception = await Assert.ThrowsAsync<IOException>(() => task);
        Assert.Equal(expected, Assert.IsType<SocketException>(exception.InnerException).SocketErrorCode);
    }

    public static Task ResetAsync(Task task) => SocketErrorAsync(SocketError.ConnectionReset, task);

    /// <summary>Asserts that the task has failed with this phase and cause.</summary>
    public static async Task ConnectFailedAsync(ConnectPhase phase, ConnectFailureCause cause, Task task)
    {
        Assert.True(task.IsCompleted);
        var exception = await Assert.ThrowsAsync<ConnectFailedException>(() => task);
        Assert.Equal((phase, cause), (exception.Phase, exception.Cause));
    }

    /// <summary>Asserts that the task has completed.</summary>
    public static async Task<T> NowAsync<T>(Task<T> task)
    {
        Assert.True(task.IsCompleted);
        return await task;
    }

    public static async Task NowAsync(Task task)
    {
        Assert.True(task.IsCompleted);
        await task;
    }
}
