using System.Runtime.CompilerServices;

namespace Connmgr.Tool;

/// <summary>The operations on a book in this process. Thread-safe.</summary>
/// <param name="book">The book.</param>
/// <param name="quarantine">The quarantined addresses.</param>
/// <param name="chain">Its chain.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class LocalAddressActions(AddressBook book, IQuarantine quarantine, ChainParameters chain, TimeProvider timeProvider) : IAddressActions
{
    /// <summary>Creates the handlers of a run.</summary>
    /// <param name="onImported">Called after an import, when there may be more addresses than before.</param>
    public IEnumerable<IControlHandler> Handlers(Action onImported) =>
    [
        AddressVerbs.List.Handle((filter, call) => ListAsync(filter, call.Aborted)),
        AddressVerbs.Stats.Handle((_, call) => StatsAsync(call.Aborted)),
        AddressVerbs.Quarantine.Handle((_, call) => ListQuarantineAsync(call.Aborted)),
        AddressVerbs.Release.Handle((arguments, call) => ReleaseAsync(arguments, call.Aborted)),
        AddressVerbs.Import.HandleOne(async (arguments, call) =>
        {
            var item = await ImportAsync(arguments, call.Aborted).ConfigureAwait(false);
            onImported();
            return item;
        }),
        AddressVerbs.Export.HandleOne((arguments, call) => ExportAsync(arguments, call.Aborted)),
    ];

    public async IAsyncEnumerable<AddressItem> ListAsync(AddressFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var resting = quarantine.GetResting().ToDictionary(static entry => entry.EndPoint, static entry => (DateTimeOffset?)entry.RestsUntil);
        foreach (var entry in filter.Apply(book))
            yield return AddressItem.From(entry, resting.GetValueOrDefault(entry.EndPoint));
        await Task.CompletedTask.ConfigureAwait(false);
    }

    public async IAsyncEnumerable<AddressCount> StatsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var resting = quarantine.GetResting();
        foreach (var known in AddressNetworkTable.All)
            yield return Count(known.Word, known.Set, resting.Count(entry => entry.EndPoint.Address.Network == known.Network));
        yield return Count("all", AddressNetworks.All, resting.Length);
        await Task.CompletedTask.ConfigureAwait(false);
    }

    public async IAsyncEnumerable<QuarantineItem> ListQuarantineAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var entry in quarantine.GetResting())
            yield return QuarantineItem.From(entry);
        await Task.CompletedTask.ConfigureAwait(false);
    }

    public async IAsyncEnumerable<QuarantineItem> ReleaseAsync(ReleaseArguments arguments, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var selects = arguments.Parse() ?? throw new ToolException($"'{SafeText.Line(arguments.Address)}' is not an address: use HOST[:PORT] or {ReleaseArguments.All}.");
        var released = 0;
        foreach (var entry in quarantine.GetResting().Where(entry => selects(entry.EndPoint) && quarantine.Release(entry.EndPoint)))
        {
            released++;
            yield return QuarantineItem.From(entry);
        }

        if (released == 0 && arguments.Address is not ReleaseArguments.All)
            throw new ToolException($"'{SafeText.Line(arguments.Address)}' is not in quarantine: 'connmgr addresses quarantine' lists the addresses that are.");
        await Task.CompletedTask.ConfigureAwait(false);
    }

    public async Task<ImportItem> ImportAsync(ImportArguments arguments, CancellationToken cancellationToken)
    {
        var file = await AddressFile.ReadAsync(arguments.File, chain, timeProvider, cancellationToken).ConfigureAwait(false);
        var before = file.Entries.Where(entry => book.TryGet(entry.EndPoint, out _)).Select(entry => entry.EndPoint).ToHashSet();
        if (book.Count == 0 && file.Format is AddressFile.PeersDat)
            await TakeOverAsync(arguments.File, cancellationToken).ConfigureAwait(false);
        else
            Merge(file.Entries);

        // Counts what the book has now, not what it took: a later address may replace an earlier one.
        var (added, known, tried) = (0, 0, 0);
        foreach (var entry in file.Entries)
        {
            if (!book.TryGet(entry.EndPoint, out var found))
                continue;
            if (before.Contains(entry.EndPoint))
                known++;
            else
                added++;
            if (entry.IsTried && found.IsTried)
                tried++;
        }

        return new ImportItem
        {
            File = arguments.File,
            Format = file.Format,
            Read = file.Entries.Count,
            Added = added,
            Known = known,
            Refused = file.Entries.Count - added - known,
            Tried = tried,
            Invalid = file.Invalid,
            InvalidLines = file.InvalidLines,
            Total = book.Count,
        };
    }

    /// <summary>
    /// Loads a file into an empty book, together with its key, so that every address keeps its place. Merged one by one, a third of the
    /// addresses would find their places taken.
    /// </summary>
    private async Task TakeOverAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await PeersFile.LoadIntoAsync(book, path, chain.Magic, cancellationToken).ConfigureAwait(false);
        }
        catch (AddressFileException exception)
        {
            throw new ToolException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read '{path}': {exception.Message}", exception);
        }
    }

    private void Merge(IEnumerable<AddressEntry> entries)
    {
        foreach (var entry in entries)
        {
            book.Add(entry.Address, entry.Source);
            if (entry.IsTried)
                book.MarkGood(entry.EndPoint, entry.LastSuccess ?? entry.Address.LastSeen);
        }
    }

    public async Task<ExportItem> ExportAsync(ExportArguments arguments, CancellationToken cancellationToken)
    {
        try
        {
            switch (arguments.Format)
            {
                case AddressFile.Text:
                    var entries = (arguments.Filter ?? new AddressFilter()).Apply(book).ToList();
                    await AddressFile.WriteTextAsync(arguments.File, entries, cancellationToken).ConfigureAwait(false);
                    return new ExportItem(arguments.File, AddressFile.Text, entries.Count);
                case AddressFile.PeersDat:
                    var count = book.Count;
                    await PeersFile.SaveAsync(book, arguments.File, chain.Magic, cancellationToken).ConfigureAwait(false);
                    return new ExportItem(arguments.File, AddressFile.PeersDat, count);
                default:
                    throw new ToolException($"there is no format '{SafeText.Line(arguments.Format)}': use peers.dat or text.");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't write '{arguments.File}': {exception.Message}", exception);
        }
    }

    private AddressCount Count(string name, AddressNetworks networks, int quarantined)
    {
        var (heard, tried) = (book.GetCount(networks, AddressTables.New), book.GetCount(networks, AddressTables.Tried));
        return new AddressCount(name, heard, tried, heard + tried, quarantined);
    }
}
