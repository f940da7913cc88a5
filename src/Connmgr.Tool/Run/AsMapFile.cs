namespace Connmgr.Tool;

/// <summary>The file of <c>--asmap</c>.</summary>
internal static class AsMapFile
{
    /// <summary>Reads it.</summary>
    /// <param name="path">Where it is; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What groups addresses: the map, or their prefixes.</returns>
    /// <exception cref="ToolException">It can't be read, or is no map.</exception>
    public static async Task<INetgrouper> OpenAsync(string? path, CancellationToken cancellationToken)
    {
        if (path is null)
            return PrefixNetgrouper.Instance;
        try
        {
            return await AsMap.LoadAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new ToolException($"can't use --asmap '{path}': {exception.Message}", exception);
        }
    }
}
