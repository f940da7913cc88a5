namespace Connmgr;

/// <summary>A file is longer than what it should hold can be.</summary>
#pragma warning disable CA1032, RCS1194 // An exception without path and limit would say too little.
internal sealed class FileTooLongException(string path, int maximum)
    : IOException(Invariant($"'{path}' has more than {maximum} bytes, which is the most for such a file."));
#pragma warning restore CA1032, RCS1194
