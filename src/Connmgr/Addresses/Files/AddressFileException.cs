namespace Connmgr;

/// <summary>A file of addresses (<see cref="PeersFile"/>, <see cref="AnchorsFile"/>, <see cref="BanListFile"/>) cannot be read for what is in it.</summary>
#pragma warning disable CA1032, RCS1194 // An exception without path and fault would say too little.
public sealed class AddressFileException : IOException
#pragma warning restore CA1032, RCS1194
{
    internal AddressFileException(string path, AddressFileErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Path = path;
        Code = code;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is wrong with it.</summary>
    public AddressFileErrorCode Code { get; }
}
