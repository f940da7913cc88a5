using System.Security.Cryptography;

namespace Connmgr;

/// <summary>
/// The addresses that a program knows, organised so that an attacker cannot fill the book with addresses of its choice. Works exactly as
/// Bitcoin Core's address manager, down to the place of each address. The new table contains addresses that others announced; the tried table
/// contains addresses at which a peer has answered. A secret key and the groups of address and source (<see cref="INetgrouper"/>) determine
/// the place. Holds up to 65,536 + 16,384 addresses. Thread-safe; methods wait for its lock only.
/// </summary>
/// <remarks>
/// <see cref="TrySelect"/> costs the same however full the book is and whichever networks are wanted. Addresses that are not publicly
/// routable (<see cref="NetworkAddress.IsRoutable"/>) are never added. Times have the precision of a second. To save and load a book, use
/// <see cref="PeersFile"/>.
/// </remarks>
public sealed partial class AddressBook
{
    private readonly Lock _lock = new();
    private BookTables _tables;
    private readonly INetgrouper _grouper;
    private readonly TimeProvider _timeProvider;
    private readonly SourceQuota? _quota;
    private readonly Random? _givenRandom; // The option. Used under _lock.

    /// <summary>Creates an empty book.</summary>
    /// <param name="options">The options; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is not valid; the message names it.</exception>
    public AddressBook(AddressBookOptions? options = null)
        : this(options ?? new AddressBookOptions(), snapshot: null)
    {
    }

    internal AddressBook(AddressBookOptions options, BookSnapshot? snapshot)
    {
        OptionsErrors.ThrowIfAny(options);
        _grouper = options.Netgrouper;
        _timeProvider = options.TimeProvider;
        if (options.MaxNewPerSourceGroup is { } max)
            _quota = new SourceQuota(max, Math.Max(1, (long)options.QuotaPeriod.TotalSeconds));
        var key = snapshot?.Key ?? options.Key?.ToArray() ?? RandomNumberGenerator.GetBytes(AddressBookOptions.KeyLength);
        _givenRandom = options.Random;
        _tables = new BookTables(key, DefaultRandom.Get(_givenRandom));
        if (snapshot is not null)
            _tables.Restore(snapshot, _grouper);
    }

    /// <summary>The number of addresses.</summary>
    public int Count => GetCount();

    internal BookTables Tables => _tables;

    internal NewAddressSignal AddressAdded { get; } = new();

    internal TimeProvider TimeProvider => _timeProvider;

    private long Now => _timeProvider.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Counts the addresses of some networks in one table or both.</summary>
    /// <param name="networks">The networks. Default all.</param>
    /// <param name="tables">The tables. Default both.</param>
    /// <returns>The number of addresses.</returns>
    public int GetCount(AddressNetworks networks = AddressNetworks.All, AddressTables tables = AddressTables.Both)
    {
        lock (_lock)
            return _tables.Count(networks, tables);
    }

    /// <summary>Looks up an address.</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="entry">The address and what is known about it.</param>
    /// <returns>False if it is not in the book.</returns>
    public bool TryGet(in NetworkEndPoint endPoint, out AddressEntry entry)
    {
        lock (_lock)
        {
            var found = _tables.Find(endPoint);
            entry = found?.ToEntry() ?? default;
            return found is not null;
        }
    }

    /// <summary>Gets all addresses of some networks and what is known about them, in no particular order.</summary>
    /// <param name="networks">The networks. Default all.</param>
    /// <param name="tables">The tables. Default both.</param>
    /// <returns>A copy, which does not reflect later changes.</returns>
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

    /// <summary>Captures the content for a file. Holds the lock for some milliseconds if the book is full.</summary>
    internal BookSnapshot Capture()
    {
        var grouping = _grouper.Version.ToArray();
        lock (_lock)
            return _tables.Capture(grouping);
    }

    /// <summary>
    /// Replaces the content with that of a file, including the secret key. Then adds the addresses that the book had before as if they were
    /// new.
    /// </summary>
    /// <exception cref="FormatException">The content is not valid; the book is unchanged.</exception>
    internal void Restore(BookSnapshot snapshot)
    {
        Random random;
        lock (_lock)
            random = DefaultRandom.Fork(_givenRandom);
        var tables = new BookTables(snapshot.Key, random);
        tables.Restore(snapshot, _grouper); // Outside the lock: it calls the grouper.
        BookTables before;
        lock (_lock)
            (before, _tables) = (_tables, tables);
        foreach (var entry in before.Entries)
            Add(entry.ToEntry().Address, entry.Source);
        AddressAdded.Signal();
    }
}
