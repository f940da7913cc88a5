namespace Connmgr;

/// <summary>The dimensions of the tables, the same as in Bitcoin Core. Files contain places, so they are part of the file format.</summary>
internal static class BookLimits
{
    public const int BucketSize = 64;
    public const int NewBuckets = 1024;
    public const int TriedBuckets = 256;
    public const int MaxNew = NewBuckets * BucketSize;
    public const int MaxTried = TriedBuckets * BucketSize;

    /// <summary>The number of tried buckets that the addresses of one group can use.</summary>
    public const int TriedBucketsPerGroup = 8;

    /// <summary>The number of new buckets that the addresses from one source group can use.</summary>
    public const int NewBucketsPerSource = 64;

    /// <summary>The maximum number of places of one address in the new table.</summary>
    public const int MaxReferences = 8;
}
