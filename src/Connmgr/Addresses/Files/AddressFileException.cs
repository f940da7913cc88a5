namespace Connmgr;

/// <summary>
/// The exception for a file of addresses (<see cref="PeersFile"/>, <see cref="AnchorsFile"/>, <see cref="BanListFile"/>) with invalid
/// content.
/// </summary>
#pragma warning disable CA1032, RCS1194 // An exception without path and fault would have too little information.
public sealed class AddressFileException : IOException
#pragma warning restore CA1032, RCS1194
{
    internal AddressFileException(string path, AddressFileErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Path = path;
        Code = code;
    }

    /// <summary>The path of the file.</summary>
    public string Path { get; }

    /// <summary>The error.</summary>
    public AddressFileErrorCode Code { get; }
}
