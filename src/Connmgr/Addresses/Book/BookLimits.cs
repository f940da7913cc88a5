namespace Connmgr;

/// <summary>The dimensions of the tables, those of Bitcoin Core. Files hold places, so these are part of the file format.</summary>
internal static class BookLimits
{
    public const int BucketSize = 64;
    public const int NewBuckets = 1024;
    public const int TriedBuckets = 256;
    public const int MaxNew = NewBuckets * BucketSize;
    public const int MaxTried = TriedBuckets * BucketSize;

    /// <summary>The tried buckets that the addresses of one group can be in.</summary>
    public const int TriedBucketsPerGroup = 8;

    /// <summary>The new buckets that the addresses from one source group can be in.</summary>
    public const int NewBucketsPerSource = 64;

    /// <summary>The places of the new table that one address can have.</summary>
    public const int MaxReferences = 8;
}
