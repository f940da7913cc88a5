namespace Connmgr;

/// <summary>The steps of writing a file, in their order.</summary>
internal enum AtomicFileStep
{
    /// <summary>Writing into the temporary file begins.</summary>
    Write,

    /// <summary>Flushing it to the disk begins.</summary>
    Flush,

    /// <summary>Giving it the name of the file begins.</summary>
    Rename,

    /// <summary>The file is written.</summary>
    Done,
}
