using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>The managers that most tests begin with.</summary>
internal static class Setup
{
    public static readonly TimeSpan Ms = TimeSpan.FromMilliseconds(1);
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static IPEndPoint Ip(string text) => IPEndPoint.Parse(text.Contains(':', StringComparison.Ordinal) ? text : text + ":8333");

    /// <summary>Without an address source: only what the test asks for is dialled. Started.</summary>
    public static ManagerHarness NoSource(Action<ConnectionManagerOptions>? configure = null) => Without(configure).Start();

    /// <summary>As <see cref="NoSource"/>, not started.</summary>
    public static ManagerHarness Without(Action<ConnectionManagerOptions>? configure = null) => new(options =>
    {
        options.GetNewAddress = null;
        configure?.Invoke(options);
    });

    /// <summary>Started, every dial succeeds at once, the target is reached.</summary>
    public static ManagerHarness Full(int target, Action<ConnectionManagerOptions>? configure = null)
    {
        var h = new ManagerHarness(options =>
        {
            options.TargetOutbound = target;
            configure?.Invoke(options);
        });
        h.Dialer.OnDial = dial => dial.Succeed();
        h.Start();
        Assert.Equal(target, h.Automatic);
        return h;
    }

    /// <summary>Started; every dial waits for the test, or does what it says.</summary>
    public static ManagerHarness Dialing(
        int target, Action<ConnectionManagerOptions>? configure = null, Action<FakeDialer.Dial>? onDial = null)
    {
        var h = new ManagerHarness(options =>
        {
            options.TargetOutbound = target;
            configure?.Invoke(options);
        });
        h.Dialer.OnDial = onDial;
        return h.Start();
    }

    /// <summary>Waits until the token fires.</summary>
    public static async Task ForeverAsync(CancellationToken token)
    {
        var forever = new TaskCompletionSource();
        await using var registration = token.Register(() => forever.TrySetCanceled(token));
        await forever.Task;
    }

    /// <summary>Without a source, accepting. Started. Handlers wait until their connection is closed.</summary>
    public static ManagerHarness Listening(
        IConnectionListener listener, List<Connection> accepted, Action<ConnectionManagerOptions>? configure = null) =>
        NoSource(options =>
        {
            options.Listeners = [listener];
            options.OnAccept = (connection, _) =>
            {
                accepted.Add(connection);
                return connection.Closed;
            };
            configure?.Invoke(options);
        });
}
