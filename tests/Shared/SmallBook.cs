namespace Connmgr;

/// <summary>
/// Address books for tests that count on each of a few addresses. With a key of chance two of one netgroup have the same place in one book of
/// 64, and the second is left out.
/// </summary>
internal static class SmallBook
{
    public static AddressBook Create(TimeProvider? time = null) => new(new() { Key = new byte[] { 1 }.Concat(new byte[31]).ToArray(), TimeProvider = time ?? TimeProvider.System });

    /// <summary>Adds an address that is its own source, and makes sure that it is there.</summary>
    public static void AddOwn(this AddressBook book, NetworkEndPoint endPoint, ulong services, DateTimeOffset seen)
    {
        book.Add(new PeerAddress(endPoint, services, seen), endPoint.Address);
        Assert.True(book.TryGet(endPoint, out _), $"{endPoint} has no place; choose another address or key.");
    }
}
