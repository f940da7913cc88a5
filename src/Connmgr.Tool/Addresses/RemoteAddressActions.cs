namespace Connmgr.Tool;

/// <summary>The operations on the book of a run, over its control socket.</summary>
internal sealed class RemoteAddressActions(ControlClient run) : IAddressActions
{
    public IAsyncEnumerable<AddressItem> ListAsync(AddressFilter filter, CancellationToken cancellationToken) =>
        run.InvokeAsync(AddressVerbs.List, filter, cancellationToken);

    public IAsyncEnumerable<AddressCount> StatsAsync(CancellationToken cancellationToken) =>
        run.InvokeAsync(AddressVerbs.Stats, new NoArguments(), cancellationToken);

    public IAsyncEnumerable<QuarantineItem> ListQuarantineAsync(CancellationToken cancellationToken) =>
        run.InvokeAsync(AddressVerbs.Quarantine, new NoArguments(), cancellationToken);

    public IAsyncEnumerable<QuarantineItem> ReleaseAsync(ReleaseArguments arguments, CancellationToken cancellationToken) =>
        run.InvokeAsync(AddressVerbs.Release, arguments, cancellationToken);

    public Task<ImportItem> ImportAsync(ImportArguments arguments, CancellationToken cancellationToken) =>
        run.InvokeOneAsync(AddressVerbs.Import, arguments, cancellationToken);

    public Task<ExportItem> ExportAsync(ExportArguments arguments, CancellationToken cancellationToken) =>
        run.InvokeOneAsync(AddressVerbs.Export, arguments, cancellationToken);
}
