namespace Connmgr.Tool;

/// <summary>Opens the address book of a directory that no run has.</summary>
internal static class AddressFiles
{
    /// <summary>To be read.</summary>
    /// <exception cref="ToolException">There is none, or it can't be read.</exception>
    public static async Task<FileData<IAddressActions>> ReadAsync(
        string directory, NetworkName? network, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        var file = BookFile.Find(directory, network, otherwise: null);
        return new(file.Actions(await file.LoadAsync(cancellationToken).ConfigureAwait(false), environment.TimeProvider));
    }

    /// <summary>To be added to. Where there is none, one of the network of the file that is imported begins.</summary>
    /// <exception cref="ToolException">It can't be opened, or somebody else has it.</exception>
    public static async Task<FileData<IAddressActions>> OpenAsync(
        string directory, NetworkName? network, string import, ToolEnvironment environment, CancellationToken cancellationToken)
    {
        var file = BookFile.Find(directory, network, await ChainOfAsync(import, cancellationToken).ConfigureAwait(false));
        var folder = file.Lock();
        try
        {
            var opened = await file.OpenAsync(cancellationToken).ConfigureAwait(false);
            if (opened.Damage is { } damage)
                await environment.Error.WriteLineAsync($"connmgr: {damage.Message} It was set aside as '{opened.SetAside}'; a new one begins.").ConfigureAwait(false);
            return new(file.Actions(opened.Book, environment.TimeProvider), token => file.SaveAsync(opened.Book, token), folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static async Task<ChainParameters?> ChainOfAsync(string import, CancellationToken cancellationToken)
    {
        try
        {
            return await AddressFile.ChainOfAsync(import, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't read '{import}': {exception.Message}", exception);
        }
    }
}
