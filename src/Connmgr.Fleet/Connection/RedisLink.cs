using StackExchange.Redis;

namespace Connmgr.Fleet;

/// <summary>The connection to Redis of one process: opened once, and kept up by the client library from then on. Used by one loop.</summary>
internal sealed class RedisLink : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly ConfigurationOptions _configuration;
    private ConnectionMultiplexer? _multiplexer; // Null before it is open.

    public RedisLink(FleetOptions options)
    {
        MaxPause = options.LeaseDuration / 3 < LongestPause ? options.LeaseDuration / 3 : LongestPause;
        _configuration = ConfigurationOptions.Parse(options.Redis!);
        _configuration.ClientName ??= "connmgr";
        _configuration.AbortOnConnectFail = true; // The first attempt only: a wrong address should show at once.
        _configuration.BacklogPolicy = BacklogPolicy.FailFast; // What was asked before an outage may be wrong after it.
        _configuration.AsyncTimeout = (int)Math.Min(_configuration.AsyncTimeout, options.LeaseDuration.TotalMilliseconds / 4);
        _configuration.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        _configuration.ReconnectRetryPolicy = new ExponentialRetry((int)MinPause.TotalMilliseconds, (int)MaxPause.TotalMilliseconds);
    }

    /// <summary>The first pause between two attempts.</summary>
    public static TimeSpan MinPause { get; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between two attempts, so short that several fit into the lease period in which renewals are accepted.</summary>
    public TimeSpan MaxPause { get; }

    public bool IsOpen => Volatile.Read(ref _multiplexer) is not null;

    /// <summary>The servers, for messages.</summary>
    public string EndPoints => string.Join(", ", _configuration.EndPoints.Select(static each => EndPointText.Format(each)));

    /// <exception cref="FleetUnavailableException">It is not open.</exception>
    public IDatabase Database => Volatile.Read(ref _multiplexer)?.GetDatabase() ?? throw new FleetUnavailableException("Redis has not answered yet.");

    /// <summary>Determines whether an exception means that Redis can't be used now.</summary>
    public static bool IsOutage(Exception exception) => exception is RedisException or TimeoutException or ObjectDisposedException or FleetUnavailableException;

    /// <summary>Describes an exception in a sentence.</summary>
    public static string Describe(Exception exception) => exception switch
    {
        RedisTimeoutException or TimeoutException => "it does not answer in time.",
        RedisConnectionException => "it can't be reached.",
        _ => $"{Excerpt.Create(exception.Message.TrimEnd('.'))}.",
    };

    /// <summary>
    /// Connects. The client library can't stop an attempt: a cancelled one is awaited until its timeout, and leaves no connection.
    /// </summary>
    /// <exception cref="RedisException">No server answers.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        ConnectionMultiplexer multiplexer;
        try
        {
            multiplexer = await ConnectionMultiplexer.ConnectAsync(_configuration).ConfigureAwait(false);
        }
        catch (RedisException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            await multiplexer.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }

        Volatile.Write(ref _multiplexer, multiplexer);
    }

    /// <summary>Loads scripts into the server that has a key.</summary>
    public async Task LoadAsync(RedisKey key, IEnumerable<FleetScript> scripts)
    {
        if (await Database.IdentifyEndpointAsync(key).ConfigureAwait(false) is not { } endPoint)
            throw new FleetUnavailableException("No server has the data of the fleet.");
        var server = _multiplexer!.GetServer(endPoint);
        foreach (var script in scripts)
            await server.ScriptLoadAsync(script.Text).ConfigureAwait(false);
    }

    /// <summary>Finds out which of the servers takes changes now. Never throws.</summary>
    public async Task LookForOtherServerAsync()
    {
        try
        {
            if (_multiplexer is not null)
                await _multiplexer.ReconfigureAsync("the fleet's server does not answer").ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The next attempt looks again.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_multiplexer is not null)
            await _multiplexer.DisposeAsync().ConfigureAwait(false);
    }
}
