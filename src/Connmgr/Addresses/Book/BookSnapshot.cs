using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>What a file keeps of a book.</summary>
internal sealed class BookSnapshot
{
    public required byte[] Key { get; init; }

    /// <summary>The name of the grouping that the places are by: <see cref="INetgrouper.Version"/>.</summary>
    public required byte[] Grouping { get; init; }

    public required ImageEntry[] New { get; init; }

    public required ImageEntry[] Tried { get; init; }

    /// <summary>The number of buckets that new had.</summary>
    public required int NewBuckets { get; init; }

    /// <summary>Which of <see cref="New"/> is in which bucket, by bucket.</summary>
    public required BucketMember[] Members { get; init; }
}

/// <summary>An address in a file. Times are in seconds since 1970.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ImageEntry(
    NetworkEndPoint EndPoint,
    ulong Services,
    uint Seen,
    NetworkAddress Source,
    long LastSuccess,
    int FailedAttempts);

/// <summary>That an entry of new is in a bucket.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BucketMember(int Bucket, int Entry);
