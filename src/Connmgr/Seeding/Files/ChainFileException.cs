using System.Collections.Immutable;

namespace Connmgr;

/// <summary>The exception for a file that does not describe a chain (<see cref="ChainFile"/>). The message has all errors.</summary>
#pragma warning disable CA1032, RCS1194 // An exception without errors would have no information.
public sealed class ChainFileException : FormatException
#pragma warning restore CA1032, RCS1194
{
    internal ChainFileException(ImmutableArray<string> errors)
        : base(string.Join(' ', errors)) => Errors = errors;

    /// <summary>The errors, a sentence each: the file, the line, the value and the remedy. At least one, at most 40.</summary>
    public ImmutableArray<string> Errors { get; }
}
