using System.Runtime.CompilerServices;

namespace Connmgr.Tool;

/// <summary>The operations on a list of bans in this process. Thread-safe.</summary>
/// <param name="bans">The list.</param>
/// <param name="timeProvider">Its clock.</param>
/// <param name="flush">Writes changes to disk, for a run, which replies only then; null when the caller saves them.</param>
internal sealed class LocalBanActions(BanList bans, TimeProvider timeProvider, Func<CancellationToken, Task>? flush = null) : IBanActions
{
    /// <summary>The handlers of a run.</summary>
    public IEnumerable<IControlHandler> Handlers =>
    [
        BanVerbs.List.Handle((_, call) => ListAsync(call.Aborted)),
        BanVerbs.Add.HandleOne((arguments, call) => ThenFlushAsync(AddAsync(arguments, call.Aborted), call.Aborted)),
        BanVerbs.Remove.HandleOne((arguments, call) => ThenFlushAsync(RemoveAsync(arguments, call.Aborted), call.Aborted)),
        BanVerbs.Clear.HandleOne((_, call) => ThenFlushAsync(ClearAsync(call.Aborted), call.Aborted)),
        BanVerbs.Import.HandleOne((arguments, call) => ThenFlushAsync(ImportAsync(arguments, call.Aborted), call.Aborted)),
        BanVerbs.Export.HandleOne((arguments, call) => ExportAsync(arguments, call.Aborted)),
    ];

    public async IAsyncEnumerable<BanItem> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var ban in bans.GetBans())
            yield return BanItem.From(ban);
        await Task.CompletedTask.ConfigureAwait(false);
    }

    public Task<BanAddItem> AddAsync(BanArguments arguments, CancellationToken cancellationToken)
    {
        var target = Target(arguments.Address);
        var outcome = arguments.Until is { } until
            ? bans.Add(new Ban(target, timeProvider.GetUtcNow(), Time(until), BanCause.Manual, arguments.Comment))
            : bans.Add(target, Duration(arguments.Seconds), BanCause.Manual, arguments.Comment);
        var found = bans.TryGet(target, out var ban);
        return outcome switch
        {
            BanOutcome.Added or BanOutcome.Extended when found =>
                Task.FromResult(new BanAddItem(outcome == BanOutcome.Added ? "added" : "prolonged", BanItem.From(ban!))),
            BanOutcome.AlreadyBanned when found => throw new ToolException(
                $"{target} is already banned until {EventJson.Time(ban!.Until)}, and a shorter ban does not replace it: remove that one first."),
            BanOutcome.ListFull => throw new ToolException($"there are {bans.Count} bans, and no room for more: remove some, or ban subnets instead."),
            _ => throw new ToolException("the ban would already have ended: give a later --until."),
        };
    }

    public Task<BanItem> RemoveAsync(UnbanArguments arguments, CancellationToken cancellationToken)
    {
        var target = Target(arguments.Address);
        if (Remove(target) is { } removed)
            return Task.FromResult(BanItem.From(removed));
        var around = bans.TryFind(target.Subnet.Address, out var other) && other.Target != target && other.Target.Subnet.Contains(target.Subnet.Address)
            ? $"{other.Target}, which contains it, is: remove that ban"
            : "'connmgr bans list' shows all bans";
        throw new ToolException($"{target} is not banned: {around}.");
    }

    /// <summary>Removes a ban, even one that only seems to have ended because the clock is wrong: the list keeps those in its file.</summary>
    private Ban? Remove(BanTarget target)
    {
        Ban? removed = null;
        bans.Changed += OnChanged;
        bans.Remove(target); // Raises the event on this thread.
        bans.Changed -= OnChanged;
        return removed;

        void OnChanged(object? sender, BansChangedEventArgs change)
        {
            if (change.Kind == BanChangeKind.Removed && change.Bans.FirstOrDefault(ban => ban.Target == target) is { } ban)
                removed = ban;
        }
    }

    public Task<BanCountItem> ClearAsync(CancellationToken cancellationToken) => Task.FromResult(new BanCountItem(bans.Clear()));

    public async Task<BanImportItem> ImportAsync(BanImportArguments arguments, CancellationToken cancellationToken)
    {
        var duration = Duration(arguments.Seconds) ?? BanList.DefaultDuration;
        var file = await BanImportFile.ReadAsync(arguments.File, timeProvider, duration, cancellationToken).ConfigureAwait(false);
        var outcomes = bans.Add(file.Bans);
        return new BanImportItem
        {
            File = arguments.File,
            Read = outcomes.Length,
            Added = outcomes.Count(outcome => outcome is BanOutcome.Added or BanOutcome.Extended),
            Known = outcomes.Count(outcome => outcome is BanOutcome.AlreadyBanned or BanOutcome.AlreadyExpired),
            Refused = outcomes.Count(outcome => outcome is BanOutcome.ListFull),
            Invalid = file.Invalid,
            InvalidReasons = file.Reasons,
            Total = bans.Count,
        };
    }

    public async Task<BanExportItem> ExportAsync(BanFileArguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            var holding = new BanList(new BanListOptions { TimeProvider = timeProvider, MaxCount = int.MaxValue, MaxByMisbehavior = int.MaxValue });
            holding.Add(bans.GetBans());
            await BanListFile.SaveAsync(holding, arguments.File, cancellationToken).ConfigureAwait(false);
            return new BanExportItem(arguments.File, holding.Count);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't write '{arguments.File}': {exception.Message}", exception);
        }
    }

    /// <summary>Waits until a change is on disk, so that a client can rely on the reply.</summary>
    private async Task<T> ThenFlushAsync<T>(Task<T> change, CancellationToken cancellationToken)
    {
        var item = await change.ConfigureAwait(false);
        try
        {
            if (flush is not null)
                await flush(cancellationToken).ConfigureAwait(false);
            return item;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(
                $"the change is made but not on disk, and would be lost when the run ends: {exception.Message} It is retried: free some space, or make the file writable.", exception);
        }
    }

    private static BanTarget Target(string text)
    {
        try
        {
            return BanTarget.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new ToolException(SafeText.Line(exception.Message, maxLength: 1024), exception);
        }
    }

    private static TimeSpan? Duration(long? seconds) => seconds switch
    {
        null => null,
        < 1 => throw new ToolException($"the duration is {seconds} seconds: use 1 or more."),
        _ => seconds >= (long)TimeSpan.MaxValue.TotalSeconds ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds.Value),
    };

    private static DateTimeOffset Time(long seconds) =>
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
}
