namespace Connmgr.Tool;

/// <summary>
/// The operations of the <c>addresses</c> commands, on the book of a run or on a file. Each throws a <see cref="ToolException"/> for errors
/// that the user can correct.
/// </summary>
internal interface IAddressActions
{
    IAsyncEnumerable<AddressItem> ListAsync(AddressFilter filter, CancellationToken cancellationToken);

    IAsyncEnumerable<AddressCount> StatsAsync(CancellationToken cancellationToken);

    IAsyncEnumerable<QuarantineItem> ListQuarantineAsync(CancellationToken cancellationToken);

    IAsyncEnumerable<QuarantineItem> ReleaseAsync(ReleaseArguments arguments, CancellationToken cancellationToken);

    Task<ImportItem> ImportAsync(ImportArguments arguments, CancellationToken cancellationToken);

    Task<ExportItem> ExportAsync(ExportArguments arguments, CancellationToken cancellationToken);
}
