namespace Connmgr.Tool;

/// <summary>What the <c>addresses</c> commands do, on the book of a run or on a file. Each throws a <see cref="ToolException"/> for what the user can mend.</summary>
internal interface IAddressActions
{
    IAsyncEnumerable<AddressItem> ListAsync(AddressFilter filter, CancellationToken cancellationToken);

    IAsyncEnumerable<AddressCount> StatsAsync(CancellationToken cancellationToken);

    Task<ImportItem> ImportAsync(ImportArguments arguments, CancellationToken cancellationToken);

    Task<ExportItem> ExportAsync(ExportArguments arguments, CancellationToken cancellationToken);
}
