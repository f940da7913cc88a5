namespace Connmgr.Tool;

/// <summary>
/// The operations of the <c>bans</c> commands, on the list of a run or on a file. Each throws a <see cref="ToolException"/> for errors that
/// the user can correct.
/// </summary>
internal interface IBanActions
{
    IAsyncEnumerable<BanItem> ListAsync(CancellationToken cancellationToken);

    Task<BanAddItem> AddAsync(BanArguments arguments, CancellationToken cancellationToken);

    Task<BanItem> RemoveAsync(UnbanArguments arguments, CancellationToken cancellationToken);

    Task<BanCountItem> ClearAsync(CancellationToken cancellationToken);

    Task<BanImportItem> ImportAsync(BanImportArguments arguments, CancellationToken cancellationToken);

    Task<BanExportItem> ExportAsync(BanFileArguments arguments, CancellationToken cancellationToken);
}
