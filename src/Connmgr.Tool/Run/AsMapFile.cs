namespace Connmgr.Tool;

/// <summary>The file of <c>--asmap</c>.</summary>
internal static class AsMapFile
{
    /// <summary>Reads the file.</summary>
    /// <param name="path">The path; null for none.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The map; without one, the grouping by prefix.</returns>
    /// <exception cref="ToolException">The file can't be read, or is not a map.</exception>
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
