namespace Connmgr.Simulation;

/// <summary>The attacker's part of a book.</summary>
internal sealed record BookShare
{
    /// <summary>Its addresses in the book.</summary>
    public int Addresses { get; private init; }

    /// <summary>Its places in the new table, of which an address may have several.</summary>
    public int NewPlaces { get; private init; }

    /// <summary>All taken places of the new table.</summary>
    public int AllNewPlaces { get; private init; }

    public int Tried { get; private init; }

    public int AllTried { get; private init; }

    public static BookShare Measure(AddressBook book, Scene scene)
    {
        var (addresses, newPlaces, allNew, tried, allTried) = (0, 0, 0, 0, 0);
        foreach (var entry in book.Tables.Entries)
        {
            var isAttacker = scene.IsAttacker(entry.EndPoint);
            allNew += entry.References;
            allTried += entry.IsTried ? 1 : 0;
            addresses += isAttacker ? 1 : 0;
            newPlaces += isAttacker ? entry.References : 0;
            tried += isAttacker && entry.IsTried ? 1 : 0;
        }

        return new BookShare { Addresses = addresses, NewPlaces = newPlaces, AllNewPlaces = allNew, Tried = tried, AllTried = allTried };
    }
}

/// <summary>The means of shares of a book over runs.</summary>
internal sealed class BookShareMeans
{
    public Mean Addresses { get; } = new();

    /// <summary>The places in the new table for each of the attacker's addresses there.</summary>
    public Mean PlacesOfAddress { get; } = new();

    public Mean NewShare { get; } = new();

    public Mean TriedShare { get; } = new();

    public void Add(BookShare share)
    {
        Addresses.Add(share.Addresses);
        PlacesOfAddress.Add((double)share.NewPlaces / Math.Max(1, share.Addresses - share.Tried));
        NewShare.Add((double)share.NewPlaces / Math.Max(1, share.AllNewPlaces));
        TriedShare.Add((double)share.Tried / Math.Max(1, share.AllTried));
    }
}
