namespace Connmgr.Tool;

/// <summary>The operations on the bans of a run, over its control socket.</summary>
internal sealed class RemoteBanActions(ControlClient run) : IBanActions
{
    public IAsyncEnumerable<BanItem> ListAsync(CancellationToken cancellationToken) =>
        run.InvokeAsync(BanVerbs.List, new NoArguments(), cancellationToken);

    public Task<BanAddItem> AddAsync(BanArguments arguments, CancellationToken cancellationToken) =>
        run.InvokeOneAsync(BanVerbs.Add, arguments, cancellationToken);

    public Task<BanItem> RemoveAsync(UnbanArguments arguments, CancellationToken cancellationToken) =>
        run.InvokeOneAsync(BanVerbs.Remove, arguments, cancellationToken);

    public Task<BanCountItem> ClearAsync(CancellationToken cancellationToken) =>
        run.InvokeOneAsync(BanVerbs.Clear, new NoArguments(), cancellationToken);

    public Task<BanImportItem> ImportAsync(BanImportArguments arguments, CancellationToken cancellationToken) =>
        run.InvokeOneAsync(BanVerbs.Import, arguments, cancellationToken);

    public Task<BanExportItem> ExportAsync(BanFileArguments arguments, CancellationToken cancellationToken) =>
        run.InvokeOneAsync(BanVerbs.Export, arguments, cancellationToken);
}
