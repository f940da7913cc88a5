namespace Connmgr.Fuzz;

/// <summary>One reader of untrusted bytes, and the rules that it must keep for every input.</summary>
internal sealed record FuzzTarget
{
    /// <summary>The allocations that any reader may make in addition to those for the bytes of an input, in bytes.</summary>
    public const int DefaultConstant = 8 * 1024;

    /// <summary>The name, which is also that of its corpus and of its dictionary.</summary>
    public required string Name { get; init; }

    /// <summary>What it reads, in a few words.</summary>
    public required string Reads { get; init; }

    /// <summary>
    /// Reads an input on the calling thread. Returns what it read; null, or an exception that <see cref="IsDocumented"/> knows, if it refuses the input. Its memory is
    /// measured.
    /// </summary>
    public required Func<ReadOnlyMemory<byte>, object?> Read { get; init; }

    /// <summary>Makes what the reader reads from an input, such as a file with the right checksum; null if that is the input itself.</summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? Prepare { get; init; }

    /// <summary>Checks what this reader promises of a result, such as that it is the same once it was encoded and decoded again. Null for no promise.</summary>
    public Action<object>? Check { get; init; }

    /// <summary>Determines whether the reader documents an exception. By default it documents none.</summary>
    public Func<Exception, bool> IsDocumented { get; init; } = static _ => false;

    /// <summary>The most bytes that all allocations for an input may take, for each of its bytes, the freed ones included.</summary>
    public int MemoryPerByte { get; init; } = 4;

    /// <summary>The most bytes that all allocations for an input may take in addition.</summary>
    public int MemoryConstant { get; init; } = DefaultConstant;

    /// <summary>The reason why a reader may take more memory than others; null for one that may not.</summary>
    public string? MemoryReason { get; init; }

    /// <summary>The longest input that is tried, in bytes. Most are much shorter.</summary>
    public int MaxLength { get; init; } = 16 * 1024;

    /// <summary>Gets the result of a reader that has none but that it takes an input.</summary>
    public static object? Taken(bool isTaken) => isTaken ? string.Empty : null;
}
