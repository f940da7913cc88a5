using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>The content of a book that a file stores.</summary>
internal sealed class BookSnapshot
{
    public required byte[] Key { get; init; }

    /// <summary>The identifier of the grouping that determined the places: <see cref="INetgrouper.Version"/>.</summary>
    public required byte[] Grouping { get; init; }

    public required SavedEntry[] New { get; init; }

    public required SavedEntry[] Tried { get; init; }

    /// <summary>The number of buckets that the new table had.</summary>
    public required int NewBuckets { get; init; }

    /// <summary>The entries of <see cref="New"/> in each bucket, ordered by bucket.</summary>
    public required BucketMember[] Members { get; init; }
}

/// <summary>An address in a file. Times are in seconds since 1970.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SavedEntry(
    NetworkEndPoint EndPoint,
    ulong Services,
    uint Seen,
    NetworkAddress Source,
    long LastSuccess,
    int FailedAttempts);

/// <summary>One place of the new table: a bucket, and the index of an entry in <see cref="BookSnapshot.New"/>.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BucketMember(int Bucket, int Entry);
