using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Connmgr.Tests.Connections;

/// <summary>
/// A manager on the test's own thread and in virtual time, with a dialler and handlers that do what the test says, and a record of what was called.
/// </summary>
internal sealed class ManagerHarness
{
    private readonly WorkQueue _queue;
    private int _nextAddress;

    public ManagerHarness(Action<ConnectionManagerOptions>? configure = null, int seed = 1, bool anyOrder = false)
    {
        var random = new Random(seed);
        _queue = new WorkQueue(anyOrder ? random : null);
        Options = new ConnectionManagerOptions
        {
            Dial = Dialer.DialAsync,
            TimeProvider = Time,
            Random = random,
            ObserveNetworkChanges = false,
            GetNewAddress = _ => ValueTask.FromResult<EndPoint?>(NewAddress()),
            OnConnection = HandleAsync,
            OnDisconnection = (request, connection) =>
            {
                Calls.Add($"OnDisconnection {request.Id}");
                Disconnected.Add((request, connection, request.State));
                return Task.CompletedTask;
            },
        };
        configure?.Invoke(Options);
        Manager = new ConnectionManager(Options, _queue.Schedule, TaskCreationOptions.None);
    }

    public ConnectionManagerOptions Options { get; }

    public ConnectionManager Manager { get; }

    public FakeTimeProvider Time { get; } = new();

    public FakeDialer Dialer { get; } = new();

    /// <summary>OnConnection, OnDisconnection and OnAccept, in order.</summary>
    public List<string> Calls { get; } = [];

    public List<(ConnectionRequest Request, Connection Connection)> Connected { get; } = [];

    public List<(ConnectionRequest Request, Connection Connection, ConnectionState State)> Disconnected { get; } = [];

    /// <summary>What a handler does; by default it waits until its connection is closed.</summary>
    public Func<Connection, CancellationToken, Task> Handler { get; set; } = static (connection, _) => connection.Closed;

    public ConnectionManagerSnapshot Snapshot => Run(Manager.GetSnapshotAsync());

    public int Automatic => Snapshot.Count(ConnectionKind.Automatic);

    /// <summary>A routable address in a netgroup of its own; good for 50,000.</summary>
    public IPEndPoint NewAddress()
    {
        var n = _nextAddress++;
        return new IPEndPoint(new IPAddress([(byte)(20 + n / 256), (byte)(n % 256), 1, 1]), 8333);
    }

    public ManagerHarness Start()
    {
        Run(Manager.StartAsync());
        return this;
    }

    /// <summary>Runs everything until nothing is left to do at this moment.</summary>
    public void Settle()
    {
        do
        {
            Manager.Pump();
        }
        while (_queue.RunOne());
    }

    /// <summary>Runs one piece of work after the other until something holds.</summary>
    public void StepUntil(Func<bool> condition)
    {
        for (Manager.Pump(); !condition(); Manager.Pump())
            Assert.True(_queue.RunOne(), "There is nothing left to do.");
    }

    /// <summary>Runs the work that is queued, and not the loop.</summary>
    public void RunWork()
    {
        while (_queue.RunOne())
        {
        }
    }

    /// <summary>Lets the loop answer a call while no work runs.</summary>
    public T RunCall<T>(Task<T> call)
    {
        Manager.Pump();
        return Result(call);
    }

    /// <inheritdoc cref="RunCall{T}"/>
    public void RunCall(Task call)
    {
        Manager.Pump();
        Assert.True(call.IsCompletedSuccessfully, "The call did not complete.");
    }

    /// <summary>Runs one piece of work.</summary>
    public void Step()
    {
        Manager.Pump();
        _queue.RunOne();
    }

    public T Run<T>(Task<T> task)
    {
        Settle();
        return Result(task);
    }

    private static T Result<T>(Task<T> task)
    {
        Assert.True(task.IsCompleted, "The call did not complete.");
#pragma warning disable RS0030, VSTHRD002, VSTHRD103, xUnit1031 // It has completed: this thread is the only one.
        return task.GetAwaiter().GetResult();
#pragma warning restore RS0030, VSTHRD002, VSTHRD103, xUnit1031
    }

    public void Run(Task task)
    {
        Settle();
        Assert.True(task.IsCompleted, "The call did not complete.");
#pragma warning disable RS0030, VSTHRD002, VSTHRD103, xUnit1031 // It has completed: this thread is the only one.
        task.GetAwaiter().GetResult();
#pragma warning restore RS0030, VSTHRD002, VSTHRD103, xUnit1031
    }

    /// <summary>Lets time pass, running what becomes due on the way.</summary>
    public void Advance(TimeSpan time, TimeSpan? step = null)
    {
        var end = Time.GetUtcNow() + time;
        var each = step ?? TimeSpan.FromMilliseconds(10);
        Settle();
        while (Time.GetUtcNow() < end)
        {
            var left = end - Time.GetUtcNow();
            Time.Advance(left < each ? left : each);
            Settle();
        }
    }

    public void Stop()
    {
        Run(Manager.StopAsync());
        Assert.True(Manager.Completion.IsCompletedSuccessfully);
        Assert.All(Dialer.Streams, stream => Assert.Equal(1, stream.Disposals));
    }

    private Task HandleAsync(ConnectionRequest request, Connection connection, CancellationToken cancellationToken)
    {
        Calls.Add($"OnConnection {request.Id}");
        Connected.Add((request, connection));
        return Handler(connection, cancellationToken);
    }
}
