using System.Globalization;

namespace Connmgr.Tool.Tests;

public sealed class ServiceManagerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryTell_ToASocket_IsOneDatagram(bool isAbstract)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Abstract sockets are Linux's.");
        using var socket = new NotifySocket(isAbstract);
        using var manager = ServiceManager.Find(socket.Variables())!;
        Assert.True(manager.TryNotify("READY=1", "STATUS=ä"));
        Assert.True(manager.TryNotify("WATCHDOG=1"));
        Assert.Equal(["READY=1\nSTATUS=ä", "WATCHDOG=1"], socket.Received);
    }

    [Fact]
    public void Find_NoManager_IsNull() => Assert.Null(ServiceManager.Find(new Dictionary<string, string>(StringComparer.Ordinal) { ["NOTIFY_SOCKET"] = "" }));

    [Theory]
    [InlineData("x")]
    [InlineData("@")]
    [InlineData("vsock:2:1234")]
    public void Find_NoAddress_SaysWhatToDo(string address)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no service manager of this kind.");
        var exception = Assert.Throws<ToolException>(() => ServiceManager.Find(new Dictionary<string, string>(StringComparer.Ordinal) { ["NOTIFY_SOCKET"] = address }));
        Assert.Contains($"NOTIFY_SOCKET is '{address}'", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ToolException>(() => ServiceManager.Find(new Dictionary<string, string>(StringComparer.Ordinal) { ["NOTIFY_SOCKET"] = "/" + new string('a', 200) }));
    }

    [Fact]
    public void TryTell_NobodyThere_OrAQueueThatIsFull_IsFalseAndDoesNotWait()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Queues of datagrams differ.");
        using var socket = new NotifySocket();
        using var manager = ServiceManager.Find(socket.Variables())!;
        var told = 0;
        while (manager.TryNotify("WATCHDOG=1"))
            Assert.True(++told < 100_000);
        Assert.Equal(told, socket.Received.Count);
        Assert.True(manager.TryNotify("WATCHDOG=1"));
        socket.Dispose();
        Assert.False(manager.TryNotify("WATCHDOG=1"));
    }

    [Theory]
    [InlineData("30000000", null, 30.0)]
    [InlineData("30000000", "own", 30.0)]
    [InlineData("30000000", "1", null)]
    [InlineData("0", null, null)]
    [InlineData("-1", null, null)]
    [InlineData("x", null, null)]
    [InlineData(null, null, null)]
    [InlineData("9223372036854775807", null, 86_400.0)]
    public void Watchdog_OfThisProcess_IsItsTime(string? time, string? process, double? seconds)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no service manager of this kind.");
        using var socket = new NotifySocket();
        var variables = socket.Variables();
        if (time is not null)
            variables["WATCHDOG_USEC"] = time;
        if (process is not null)
            variables["WATCHDOG_PID"] = process is "own" ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : process;
        using var manager = ServiceManager.Find(variables)!;
        Assert.Equal(seconds, manager.Watchdog?.TotalSeconds);
    }
}
