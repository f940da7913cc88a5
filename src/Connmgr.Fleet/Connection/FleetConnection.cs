using System.Security.Cryptography;
using Connmgr.Bitcoin;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Connmgr.Fleet;

/// <summary>
/// A process' membership in a fleet: one connection to Redis, kept up with increasing pauses between the attempts, and a session there that
/// ends one <see cref="FleetOptions.LeaseDuration"/> after the process has died.
/// </summary>
/// <remarks>
/// Redis is asked for nothing while it does not answer: calls fail at once with a <see cref="FleetUnavailableException"/>. Thread safety:
/// all members may be called from any thread at any time.
/// </remarks>
public sealed class FleetConnection : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly RedisLink _link;
    private readonly TimeProvider _time;
    private readonly LeaseClock _clock;
    private readonly TimeSpan _lease;
    private readonly WakeUp _check = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    // Used by the loop only.
    private TimeSpan _settles; // The time after the last renewal from which new work may begin; zero if it may.
    private bool _mustReclaim; // True when Redis may not have the claims of this process.

    // Guarded by _lock.
    private FleetState _state = FleetState.Lost;
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously); // Complete while Ready.
    private TimeSpan _renewed; // Just before the last successful renewal was sent.
    private Session _session = new("", "", "");
    private string? _failure;
    private bool _isDisposed;

    private FleetConnection(FleetOptions options)
    {
        _link = new RedisLink(options);
        _time = options.TimeProvider;
        _clock = new(options.TimeProvider);
        _lease = options.LeaseDuration;
        Logger = options.LoggerFactory is { } factory ? new GuardedLogger(factory.CreateLogger<FleetConnection>(), _time) : NullLogger.Instance;
        Fleet = options.Fleet;
        Keys = new FleetKeys(options.Fleet);
        Claims = new AddressClaims(this);
        Metrics = new FleetMetrics(options.MeterFactory, this);
    }

    /// <summary>
    /// Raised after each change of <see cref="State"/>: once when Redis is lost, however many calls fail, and once when it is back; also once
    /// when it does not answer from the beginning. Raised one at a time, outside any lock. Handlers must be fast and must not throw.
    /// </summary>
    public event EventHandler<FleetStateChangedEventArgs>? StateChanged;

    /// <summary>The name of the fleet.</summary>
    public string Fleet { get; }

    /// <summary>The addresses that this process holds, which no other process of the fleet dials.</summary>
    public AddressClaims Claims { get; }

    /// <summary>The state.</summary>
    public FleetState State
    {
        get
        {
            lock (_lock)
                return _state;
        }
    }

    /// <summary>The reason why Redis does not answer, in words; null in other states, and before the first attempt has ended.</summary>
    public string? Failure
    {
        get
        {
            lock (_lock)
                return _failure;
        }
    }

    /// <summary>
    /// True when new work may begin: the state is <see cref="FleetState.Ready"/>, and the last renewal is so recent that the session has not
    /// ended. False when Redis can't be reached, even before that has been noticed, and after a suspend of the machine.
    /// </summary>
    public bool CanBegin
    {
        get
        {
            lock (_lock)
            {
                if (_state != FleetState.Ready)
                    return false;
                return _clock.Now - _renewed < _lease * 0.8;
            }
        }
    }

    /// <summary>The clock of the pauses.</summary>
    internal TimeProvider Clock => _time;

    internal TimeSpan LeaseDuration => _lease;

    internal ILogger Logger { get; }

    internal FleetMetrics Metrics { get; }

    /// <exception cref="FleetUnavailableException">Redis has not answered yet.</exception>
    internal IDatabase Database => _link.Database;

    internal FleetKeys Keys { get; }

    /// <summary>The token of the session, and the data and the server that it is in.</summary>
    internal Session Current
    {
        get
        {
            lock (_lock)
                return _session;
        }
    }

    /// <summary>Connects to Redis and joins the fleet.</summary>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">Gives up. The attempt under way is awaited first, 5 s unless <see cref="FleetOptions.Redis"/> has another timeout.</param>
    /// <returns>The connection, in the state <see cref="FleetState.Ready"/> or <see cref="FleetState.Settling"/>.</returns>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    /// <exception cref="FleetUnavailableException">Redis can't be reached.</exception>
    public static async Task<FleetConnection> ConnectAsync(FleetOptions options, CancellationToken cancellationToken = default)
    {
        OptionsErrors.ThrowIfAny(options);
        var connection = new FleetConnection(options);
        try
        {
            await connection._link.OpenAsync(cancellationToken).ConfigureAwait(false);
            await connection.BeatAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (!RedisLink.IsOutage(exception))
                throw;
            throw new FleetUnavailableException(
                $"Redis can't be used at {connection._link.EndPoints}: {RedisLink.Describe(exception)} Start redis-server there, or name another.", exception);
        }

        connection._loop = Task.Run(() => connection.RunAsync(connection._stop.Token), CancellationToken.None);
        return connection;
    }

    /// <summary>
    /// Creates a connection that joins the fleet when Redis answers, now or later: for a program that should start without Redis, too.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <returns>The connection, in the state <see cref="FleetState.Lost"/>. <see cref="WhenReadyAsync"/> waits for more.</returns>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    public static FleetConnection Create(FleetOptions options)
    {
        OptionsErrors.ThrowIfAny(options);
        var connection = new FleetConnection(options);
        connection._loop = Task.Run(() => connection.RunAsync(connection._stop.Token), CancellationToken.None);
        return connection;
    }

    /// <summary>Waits until <see cref="CanBegin"/> is true.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that completes then.</returns>
    /// <exception cref="ObjectDisposedException">The connection was disposed.</exception>
    public async Task WhenReadyAsync(CancellationToken cancellationToken = default)
    {
        while (!CanBegin)
        {
            Task ready;
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                ready = _ready.Task;
            }

            if (ready.IsCompleted)
            {
                // Ready, but not renewed in time: the loop is about to find out.
                _check.Set();
                await Task.Delay(RedisLink.MinPause, _time, cancellationToken).ConfigureAwait(false);
            }

            await ready.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Leaves the fleet: the claims and leases of this process are free at once, if Redis answers.</summary>
    /// <returns>A task that completes when the connection is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            _ready.TrySetException(new ObjectDisposedException(nameof(FleetConnection)));
            _ = _ready.Task.Exception; // There may be no wait.
        }

        try
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _loop.ConfigureAwait(false);
            await Claims.DisposeAsync().ConfigureAwait(false);
            var token = Current.Token; // Now that no renewal can begin another session.
            if (token.Length > 0)
                await Database.ScriptEvaluateAsync(FleetScripts.Leave.Hash, [Keys.Sessions], [token]).ConfigureAwait(false);
        }
        catch (Exception exception) when (RedisLink.IsOutage(exception))
        {
            // The session then ends by itself.
        }
        finally
        {
            Metrics.Dispose();
            await _link.DisposeAsync().ConfigureAwait(false);
            _stop.Dispose();
        }
    }

    /// <summary>Runs a script.</summary>
    /// <exception cref="FleetUnavailableException">Redis does not answer, or not this request now.</exception>
    internal async Task<RedisResult> EvaluateAsync(FleetScript script, RedisKey[] keys, RedisValue[] values)
    {
        if (State == FleetState.Lost)
            throw new FleetUnavailableException("Redis does not answer.");
        return await CallAsync(() => Database.ScriptEvaluateAsync(script.Hash, keys, values)).ConfigureAwait(false);
    }

    /// <summary>Calls Redis. After a failure the loop looks at once whether it still answers.</summary>
    /// <exception cref="FleetUnavailableException">It does not answer, or not this request now.</exception>
    internal async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception exception) when (RedisLink.IsOutage(exception))
        {
            _check.Set();
            throw new FleetUnavailableException($"Redis can't do that now: {RedisLink.Describe(exception)}", exception);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = TimeSpan.Zero; // Before the next attempt; zero while Redis answers.
        try
        {
            while (true)
            {
                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false); // Failed calls must not shorten it.
                    await _link.LookForOtherServerAsync().ConfigureAwait(false);
                }
                else if (_link.IsOpen)
                {
                    var time = _settles > TimeSpan.Zero && _settles < _lease / 5 ? _settles : _lease / 5;
                    await WakeUp.WaitAsync(_check.Next, time, _time, cancellationToken).ConfigureAwait(false);
                }

                try
                {
                    if (!_link.IsOpen)
                        await _link.OpenAsync(cancellationToken).ConfigureAwait(false);
                    await BeatAsync(cancellationToken).ConfigureAwait(false);
                    pause = TimeSpan.Zero;
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    // Whatever it is: without a loop that tries again, nothing would be renewed any more, and no event would say so.
                    Change(FleetState.Lost, RedisLink.Describe(exception));
                    pause = pause == TimeSpan.Zero ? RedisLink.MinPause : pause * 2 > _link.MaxPause ? _link.MaxPause : pause * 2;
                }
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>Renews the session, and finds out whether new work may begin.</summary>
    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        var before = Current;
        var sent = _clock.Now;
        RedisKey[] keys = [Keys.State, Keys.Sessions, Keys.Claims];
        RedisValue[] values = [(long)_lease.TotalMilliseconds, before.Token, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))];
        RedisResult[] answer;
        var isLoaded = before.Token.Length > 0;
        try
        {
            answer = (RedisResult[])(await Database.ScriptEvaluateAsync(FleetScripts.Beat.Hash, keys, values).ConfigureAwait(false))!;
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // A server that has not seen this process. The renewal comes before the other scripts are loaded: it is what keeps new work
            // from it until all have renewed.
            isLoaded = false;
            answer = (RedisResult[])(await Database.ExecuteAsync("EVAL", [FleetScripts.Beat.Text, keys.Length, .. keys, .. values]).ConfigureAwait(false))!;
        }

        var session = new Session((string)answer[0]!, (string)answer[1]!, (string)answer[2]!);
        if (!isLoaded || !string.Equals(session.Run, before.Run, StringComparison.Ordinal))
            await _link.LoadAsync(Keys.State, Keys.Scripts).ConfigureAwait(false);
        _mustReclaim |= (int)answer[4] == 1 || !session.HasSameData(before);
        _settles = TimeSpan.FromMilliseconds((long)answer[3]);
        lock (_lock)
            _session = session;
        TellOfChange(before, session);
        if (_mustReclaim)
            await Claims.ReclaimAsync(session.Token, cancellationToken).ConfigureAwait(false);
        _mustReclaim = false;
        lock (_lock)
            _renewed = sent;
        Change(_settles > TimeSpan.Zero ? FleetState.Settling : FleetState.Ready, reason: null);
    }

    private void Change(FleetState state, string? reason)
    {
        lock (_lock)
        {
            if (_isDisposed || (state == _state && (state != FleetState.Lost || _failure is not null)))
                return;
            (_state, _failure) = (state, reason);
            if (state == FleetState.Ready)
                _ready.TrySetResult();
            else if (_ready.Task.IsCompleted)
                _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Tell(state, reason);
        try
        {
            StateChanged?.Invoke(this, new FleetStateChangedEventArgs(state, reason));
        }
        catch (Exception)
        {
            // A handler's fault must not end the renewals.
        }
    }

    private void Tell(FleetState state, string? reason)
    {
        switch (state)
        {
            case FleetState.Lost:
                Metrics.OutageBegan();
                FleetLog.Lost(Logger, Fleet, reason!);
                break;
            case FleetState.Settling:
                FleetLog.Settling(Logger, _settles, Fleet);
                break;
            default:
                FleetLog.Ready(Logger, Fleet);
                if (Claims.TakeRefused() is > 0 and var refused)
                    FleetLog.ClaimsRefused(Logger, refused);
                break;
        }
    }

    private void TellOfChange(Session before, Session now)
    {
        if (before.Token.Length == 0 || now.HasSameData(before))
            return;
        if (string.Equals(before.Epoch, now.Epoch, StringComparison.Ordinal))
            FleetLog.ServerChanged(Logger, Fleet);
        else
            FleetLog.DataLost(Logger, Fleet);
    }

    /// <summary>A session in Redis.</summary>
    /// <param name="Token">Its token, which is greater than all before it; empty before the first.</param>
    /// <param name="Epoch">Another one after a loss of data.</param>
    /// <param name="Run">Another one after a restart or a failover, by which the last changes may be lost.</param>
    internal sealed record Session(string Token, string Epoch, string Run)
    {
        /// <summary>Determines whether nothing can have been lost since another session.</summary>
        public bool HasSameData(Session other) =>
            string.Equals(Epoch, other.Epoch, StringComparison.Ordinal) && string.Equals(Run, other.Run, StringComparison.Ordinal);
    }
}
