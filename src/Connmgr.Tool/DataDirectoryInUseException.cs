namespace Connmgr.Tool;

/// <summary>Another process has the data directory.</summary>
internal sealed class DataDirectoryInUseException(string message, Exception innerException) : ToolException(message, innerException);
