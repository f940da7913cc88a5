using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Logging;

namespace Connmgr.Bitcoin;

/// <content>The network's life: what is opened at its start, runs beside its connections, and is written in the end.</content>
public sealed partial class PeerNetwork
{
    private readonly Lock _startLock = new();
    private readonly ChainFiles? _files;
    private readonly ImmutableArray<byte> _magic;
    private readonly bool _keepsAnchors;
    private readonly ILoggerFactory? _loggerFactory;
    private Task? _starting;
    private bool _isOver; // Guarded by _startLock, as _starting is.
    private Task _life = Task.CompletedTask;
    private BookKeeper? _keeper;
    private BanListWriter? _banWriter;
    private bool _observesNetwork;
    private int _anchors;
    private string[] _problems = [];
    private string[] _lost = [];
    private volatile bool _isStopCutShort;

    /// <summary>
    /// Completes when the network has stopped and everything has ended: every handler has returned, and book, bans and anchors are written.
    /// </summary>
    public Task Completion { get; }

    /// <summary>
    /// Opens the data directory, if there is one, and begins to connect and to accept. Further calls have no effect, unless the start
    /// failed: then it is tried again.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait, not the start.</param>
    /// <returns>Completes when both have begun.</returns>
    /// <exception cref="IOException">
    /// The data directory is in use by another network, or can't be used; the message says which. A damaged file in it is no such case: it
    /// is set aside, and a warning logged.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">It may not be used.</exception>
    /// <exception cref="InvalidOperationException">The network was stopped: it can't be started again. Make a new one.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        Task starting;
        lock (_startLock)
        {
            if (_isOver)
                throw new InvalidOperationException("The network was stopped: it can't be started again. Make a new one.");
            if (_starting is null or { IsFaulted: true })
            {
                // What runs from here on outlives the call: it must not carry the caller's AsyncLocals along.
                using (ExecutionContext.SuppressFlow())
                    _starting = Task.Run(StartOnceAsync, CancellationToken.None);
            }

            starting = _starting;
        }

        await starting.WaitAsync(cancellationToken).ConfigureAwait(false);
        await Connections.StartAsync(cancellationToken).ConfigureAwait(false); // Has no effect but to throw when it was stopped.
    }

    /// <summary>
    /// Begins to stop, without waiting: as <see cref="StopAsync"/>, which can't be awaited inside a handler. May be called anywhere.
    /// <see cref="Completion"/> tells when everything has ended.
    /// </summary>
    public void RequestStop() => Connections.RequestStop();

    /// <summary>
    /// Closes every connection, waits until nothing runs any more, and writes book, bans and anchors. As
    /// <see cref="ConnectionManager.StopAsync"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait, not the stop.</param>
    /// <returns>The same as <see cref="Completion"/>.</returns>
    /// <exception cref="InvalidOperationException">Called inside a handler or callback of the network, which it would wait for. Use <see cref="RequestStop"/> there.</exception>
    /// <exception cref="OperationCanceledException">
    /// The token fired first. From then on <see cref="DisposeAsync"/> does not wait either.
    /// </exception>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await StopWaitingAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _isStopCutShort = true;
            throw;
        }
    }

    /// <summary>
    /// Stops and waits, as <see cref="StopAsync"/>; does not wait after a <see cref="StopAsync"/> that its token cut short, as
    /// <see cref="ConnectionManager.DisposeAsync"/>.
    /// </summary>
    /// <returns>Completes when everything has ended, or at once.</returns>
    public ValueTask DisposeAsync() => _isStopCutShort ? ValueTask.CompletedTask : new(StopAsync());

    /// <summary>
    /// Tells that the system's network has changed, so that neither routes nor seeds that gave no answer are left alone any longer. Most
    /// changes are noticed without it.
    /// </summary>
    public void NotifyNetworkChanged()
    {
        Connections.NotifyNetworkChanged();
        _seeder?.NotifyNetworkChanged();
    }

    private async Task StopWaitingAsync(CancellationToken cancellationToken)
    {
        await Connections.StopAsync(cancellationToken).ConfigureAwait(false);
        await Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whoever stops the connections, and however, stops the network.</summary>
    private async Task CompleteAsync()
    {
        await Connections.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task? starting;
        lock (_startLock)
        {
            _isOver = true; // No start begins from here on.
            starting = _starting;
        }

        if (starting is not null)
            await starting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _life.ConfigureAwait(false);
        await _enforcer.DisposeAsync().ConfigureAwait(false); // Not done before when it was never started.
        await Connections.Completion.ConfigureAwait(false); // Failed, when the manager ended by a defect.
    }

    private async Task StartOnceAsync()
    {
        var store = _files is null ? null : await OpenAsync(_files).ConfigureAwait(false);
        try
        {
            await Connections.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            if (_banWriter is not null)
                await _banWriter.DisposeAsync().ConfigureAwait(false);
            store?.Dispose();
            throw;
        }

        _life = LiveAsync(store);
    }

    /// <summary>
    /// Writes the bans that are not on the disk yet, now; without this they are within <see cref="BanListWriter.Pause"/>. Does nothing
    /// without a data directory, and before the start.
    /// </summary>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <returns>Completes when all changes made before the call are on the disk.</returns>
    /// <exception cref="IOException">The file can't be written; the bans hold, and the writing is tried again later.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public Task FlushBansAsync(CancellationToken cancellationToken = default) => Volatile.Read(ref _banWriter)?.FlushAsync(cancellationToken) ?? Task.CompletedTask;

    private async Task<NetworkStore> OpenAsync(ChainFiles files)
    {
        var store = await NetworkStore.OpenAsync(files, _magic, Book, _logger).ConfigureAwait(false);
        if (_keepsAnchors)
        {
            _source?.OfferFirst(store.Anchors);
            _anchors = store.Anchors.Length;
        }

        try
        {
            var writer = await store.OpenBansAsync(Bans, _time, _loggerFactory, _logger).ConfigureAwait(false);
            Volatile.Write(ref _banWriter, writer);
        }
        catch
        {
            store.Dispose();
            throw;
        }

        Volatile.Write(ref _problems, [.. store.Problems]);
        NetworkLog.Opened(_logger, files.Folder, Book.Count, store.Anchors.Length);
        _keeper = new BookKeeper(store, Book, _outbound, _keepsAnchors, _time, _logger);
        return store;
    }

    /// <summary>Runs what runs beside the connections, until these have ended: whoever stopped them, and however.</summary>
    private async Task LiveAsync(NetworkStore? store)
    {
        using var folder = store;
        using var metrics = _newMetrics();
        using var stop = new CancellationTokenSource();
        ObserveNetworkChanges();
        var parts = Task.WhenAll(
            GuardAsync("seeding", _seeder is null ? null : SeedAsync, stop.Token),
            GuardAsync("Tor control", _tor is null ? null : _tor.RunAsync, stop.Token),
            GuardAsync("shortage report", new ShortageReporter(GetShortageAsync, _time, _logger).RunAsync, stop.Token),
            GuardAsync("policies", _policies is null ? null : _policies.RunAsync, stop.Token),
            GuardAsync("saving", _keeper is null ? null : _keeper.RunAsync, stop.Token));
        await Connections.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        NetworkChange.NetworkAddressChanged -= OnNetworkAddressChanged;
        await stop.CancelAsync().ConfigureAwait(false);
        await parts.ConfigureAwait(false);
        await _enforcer.DisposeAsync().ConfigureAwait(false);
        Volatile.Write(ref _lost, await FinishAsync().ConfigureAwait(false));
    }

    /// <summary>Writes what is not on the disk yet.</summary>
    /// <returns>What could not be written, in sentences.</returns>
    private async Task<string[]> FinishAsync()
    {
        var lost = new List<string>();
        if (_banWriter is not null)
        {
            await _banWriter.DisposeAsync().ConfigureAwait(false);
            if (_banWriter.Loss is { } loss)
                lost.Add(loss);
        }

        if (_keeper is not null)
            lost.AddRange(await _keeper.FinishAsync().ConfigureAwait(false));
        return [.. lost];
    }

    private async Task SeedAsync(CancellationToken cancellationToken)
    {
        await _demandedSource!.Demand.WaitAsync(cancellationToken).ConfigureAwait(false);
        await _seeder!.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>For the seeds: the manager listens for itself. Not every system tells a program of it, which does without then.</summary>
    private void ObserveNetworkChanges()
    {
        if (!_observesNetwork || _seeder is null)
            return;
        try
        {
            NetworkChange.NetworkAddressChanged += OnNetworkAddressChanged;
        }
        catch (Exception exception) when (exception is NetworkInformationException or PlatformNotSupportedException)
        {
            // The manager has told of it.
        }
    }

    private void OnNetworkAddressChanged(object? sender, EventArgs e) => _seeder?.NotifyNetworkChanged();

    private async Task GuardAsync(string name, Func<CancellationToken, Task>? part, CancellationToken cancellationToken)
    {
        if (part is null)
            return;
        try
        {
            await part(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The network stops.
        }
        catch (Exception exception)
        {
            NetworkLog.PartFailed(_logger, exception, name);
        }
    }

    /// <summary>Gets addresses from any peer of the book, whatever services it offers.</summary>
    /// <returns>How many it gave; null when there is no peer to ask.</returns>
    private async ValueTask<int?> FetchFromKnownAsync(CancellationToken cancellationToken)
    {
        var request = new CandidateRequest(ConnectionKind.OneOff, endPoint => Connections.RefusalOf(endPoint, ConnectionKind.OneOff));
        return _source!.ChooseToAsk(request) is { } chosen
            ? await FetchFromAsync(chosen.EndPoint.ToEndPoint()!, chosen, cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>Gets addresses from a peer into the book, by a connection for that alone.</summary>
    private async ValueTask<int> FetchFromAsync(EndPoint endPoint, AddressBookCandidate? candidate, CancellationToken cancellationToken)
    {
        var fetched = new TaskCompletionSource<(long Accepted, Exception? Failure)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var request = Connections.Connect(endPoint, tag: new PeerTag(PeerPurpose.AddressFetch) { Candidate = candidate, Fetched = fetched });
        try
        {
            var outcome = await request.FirstOutcome.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (candidate is not null)
                _source!.Report(outcome with { Tag = candidate });
            if (!outcome.Succeeded)
            {
                throw outcome.Exception ?? new ConnectFailedException(
                    outcome.Phase, outcome.Cause, $"The connection to {endPoint} for its addresses was not made: {outcome.Cause}.");
            }

            var (accepted, failure) = await fetched.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return failure is null ? (int)accepted : throw failure;
        }
        finally
        {
            await Connections.RemoveAsync(request.Id, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
