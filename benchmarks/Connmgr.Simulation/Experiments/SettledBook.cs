namespace Connmgr.Simulation;

/// <summary>Creates the book of a node that has run for weeks.</summary>
internal static class SettledBook
{
    /// <summary>The share of nodes that the victim has reached before.</summary>
    private const double KnownNodes = 0.4;

    /// <summary>The share of addresses in the tried table at which no node is any more.</summary>
    private const double StaleTried = 0.72;

    private const int AnnouncementsOfEach = 2;

    public static BookSnapshot Create(World world, bool hasAsMap)
    {
        var scene = world.CreateScene(AttackOptions.None);
        var random = new Random(world.Seed ^ 0x1b873593);
        var key = new byte[32];
        random.NextBytes(key);
        var book = new AddressBook(new AddressBookOptions
        {
            Key = key,
            Netgrouper = hasAsMap ? scene.Systems : PrefixNetgrouper.Instance,
            TimeProvider = scene.Timeline.Clock,
            Random = new Random(random.Next()),
        });
        var nodes = scene.GetHonest(HostKind.Node);
        var gone = scene.GetHonest(HostKind.Gone);
        for (var host = 0; host < world.Count; host++)
        {
            for (var i = 0; i < AnnouncementsOfEach; i++)
                book.Add(scene.Describe(host), scene.GetEndPoint(nodes[random.Next(nodes.Length)]).Address, TimeSpan.FromHours(2));
        }

        random.Shuffle(nodes);
        random.Shuffle(gone);
        var live = (int)(KnownNodes * nodes.Length);
        foreach (var host in nodes.Take(live).Concat(gone.Take((int)(live * StaleTried / (1 - StaleTried)))))
            book.MarkGood(scene.GetEndPoint(host), scene.Timeline.Clock.GetUtcNow() - TimeSpan.FromDays(1 + (19 * random.NextDouble())));
        return book.Capture();
    }
}
