using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// The addresses that a program knows of, kept so that nobody can fill it with his own: Bitcoin Core's address manager, place for place.
/// Addresses heard of are in the new table, those where a peer was met in the tried table; a secret key and the groups of address and
/// source (<see cref="INetgrouper"/>) decide where. Holds up to 65,536 + 16,384 addresses. Thread-safe; no method waits for anything but
/// its lock.
/// </summary>
/// <remarks>
/// <see cref="TrySelect"/> costs the same whatever the book holds and whichever networks are wanted. An address that is not publicly
/// routable (<see cref="NetworkAddress.IsRoutable"/>) is never taken. Times have the precision of a second. Files: <see cref="PeersFile"/>.
/// </remarks>
public sealed partial class AddressBook
{
    private readonly Lock _lock = new();
    private BookTables _tables;
    private readonly INetgrouper _grouper;
    private readonly TimeProvider _timeProvider;
    private readonly SourceQuota? _quota;
    private readonly Random _random;

    /// <summary>Makes an empty book.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    public AddressBook(AddressBookOptions? options = null)
        : this(options ?? new AddressBookOptions(), image: null)
    {
    }

    internal AddressBook(AddressBookOptions options, BookSnapshot? image)
    {
        OptionsErrors.ThrowIfAny(options);
        _grouper = options.Netgrouper;
        _timeProvider = options.TimeProvider;
        if (options.MaxNewPerSourceGroup is { } max)
            _quota = new SourceQuota(max, Math.Max(1, (long)options.QuotaPeriod.TotalSeconds));
        var key = image?.Key ?? options.Key?.ToArray() ?? RandomNumberGenerator.GetBytes(AddressBookOptions.KeyLength);
        _random = options.Random ?? new Random(RandomNumberGenerator.GetInt32(int.MaxValue));
        _tables = new BookTables(key, _random);
        if (image is not null)
            _tables.Restore(image, _grouper);
    }

    /// <summary>The number of addresses.</summary>
    public int Count => GetCount();

    internal BookTables Tables => _tables;

    internal NewAddressSignal News { get; } = new();

    internal TimeProvider TimeProvider => _timeProvider;

    private long Now => _timeProvider.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>The number of addresses of some networks in one table or both.</summary>
    /// <param name="networks">The networks. Default all.</param>
    /// <param name="tables">The tables. Default both.</param>
    /// <returns>The number.</returns>
    public int GetCount(AddressNetworks networks = AddressNetworks.All, AddressTables tables = AddressTables.Both)
    {
        lock (_lock)
            return _tables.Count(networks, tables);
    }

    /// <summary>What is known of an address.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="entry">What is known of it.</param>
    /// <returns>False when it is not in the book.</returns>
    public bool TryGet(in NetworkEndPoint endPoint, out AddressEntry entry)
    {
        lock (_lock)
        {
            var found = _tables.Find(endPoint);
            entry = found?.ToEntry() ?? default;
            return found is not null;
        }
    }

    /// <summary>All addresses of some networks with what is known of them, in no order.</summary>
    /// <param name="networks">The networks. Default all.</param>
    /// <param name="tables">The tables. Default both.</param>
    /// <returns>A copy: later changes do not show.</returns>
    public IReadOnlyList<AddressEntry> GetEntries(AddressNetworks networks = AddressNetworks.All, AddressTables tables = AddressTables.Both)
    {
        lock (_lock)
        {
            var entries = new List<AddressEntry>(_tables.Count(networks, tables));
            foreach (var entry in _tables.Entries)
            {
                var table = entry.IsTried ? AddressTables.Tried : AddressTables.New;
                if (networks.Has(entry.Network) && (tables & table) != AddressTables.None)
                    entries.Add(entry.ToEntry());
            }

            return entries;
        }
    }

    /// <summary>What a file is to keep. Takes the lock for some milliseconds when the book is full.</summary>
    internal BookSnapshot Capture()
    {
        var grouping = _grouper.Version.ToArray();
        lock (_lock)
            return _tables.Capture(grouping);
    }

    /// <summary>
    /// Takes over what a file kept, its key included. What the book had before is added to that: it is only news then.
    /// </summary>
    /// <exception cref="FormatException">The content is not right; the book is as it was.</exception>
    internal void Restore(BookSnapshot image)
    {
        int seed;
        lock (_lock)
            seed = _random.Next();
        var tables = new BookTables(image.Key, new Random(seed));
        tables.Restore(image, _grouper); // Outside the lock: it calls the grouper.
        BookTables before;
        lock (_lock)
            (before, _tables) = (_tables, tables);
        foreach (var entry in before.Entries)
            Add(entry.ToEntry().Address, entry.Source);
        News.Signal();
    }
}
