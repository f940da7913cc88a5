using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary>Takes the folder of a network in a data directory, which a program that is no connmgr may have: one that uses the library.</summary>
internal static class FolderInUse
{
    /// <summary>Takes it, and makes it when it is not there.</summary>
    /// <exception cref="ToolException">Another program has it, or it can't be made.</exception>
    public static IDisposable Take(ChainFiles files)
    {
        try
        {
            return files.TakeLock();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"can't change what is in '{files.Folder}' now: {exception.Message}", exception);
        }
    }
}
