namespace Connmgr.Simulation.Tests;

/// <summary>Tests of the simulation of attacks, in worlds that are small enough to be quick. All of it is in virtual time, from seeds.</summary>
public class SimulationTests
{
    private static readonly WorldOptions Village = new() { Name = "village", Addresses = 2000, Systems = 100 };

    [Theory]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(10, 20, 0.2993, 0.7007)]
    [InlineData(20, 20, 0.8389, 1)]
    public void Proportion_Bounds_AreWilsons(int hits, int runs, double low, double high)
    {
        var share = new Proportion(hits, runs);

        Assert.Equal(low, share.Low, 0.0001);
        Assert.Equal(high, share.High, 0.0001);
    }

    [Fact]
    public void World_SameSeed_IsTheSame()
    {
        var (one, other) = (CreateScene(7), CreateScene(7));

        for (var hour = 0; hour < 48; hour++)
        {
            one.Timeline.Run(TimeSpan.FromHours(hour));
            other.Timeline.Run(TimeSpan.FromHours(hour));
            Assert.Equal(DescribeAll(one), DescribeAll(other));
        }

        Assert.NotEqual(DescribeAll(one), DescribeAll(CreateScene(8)));

        static Scene CreateScene(int seed) => new World(Village, seed).CreateScene(new AttackOptions { Share = 0.3 });
        static List<(NetworkEndPoint, DialAnswer)> DescribeAll(Scene scene) =>
            [.. Enumerable.Range(0, Village.Addresses + scene.AttackerCount).Select(host => (scene.GetEndPoint(host), scene.Dial(host)))];
    }

    [Fact]
    public void World_ManyHours_KeepsItsShareOnline()
    {
        var scene = new World(Village with { NodeShare = 1 }, 3).CreateScene(AttackOptions.None);
        var online = new Mean();
        for (var hour = 0; hour < 100; hour++)
        {
            scene.Timeline.Run(TimeSpan.FromHours(hour));
            online.Add(Enumerable.Range(0, Village.Addresses).Count(host => scene.Dial(host) == DialAnswer.Accepted));
        }

        Assert.Equal(Village.OnlineShare, online.Value / Village.Addresses, 0.02);
    }

    [Fact]
    public void World_Attack_HasItsShareOfWhatAnswers()
    {
        var scene = new World(Village, 5).CreateScene(new AttackOptions { Share = 0.3, Prefixes = 4, Systems = 2 });
        var attackers = Enumerable.Range(Village.Addresses, scene.AttackerCount).Select(host => scene.GetEndPoint(host).Address).ToArray();
        var nodes = scene.GetHonest(HostKind.Node).Length;

        Assert.Equal(0.3, attackers.Length / (attackers.Length + (nodes * Village.OnlineShare)), 0.01);
        Assert.Equal(4, attackers.Select(static address => Netgroup.FromAddress(address)).Distinct().Count());
        Assert.Equal(2, attackers.Select(address => scene.Systems.GetGroup(address)).Distinct().Count());
        Assert.Empty(attackers.Select(static address => Netgroup.FromAddress(address))
            .Intersect(Enumerable.Range(0, Village.Addresses).Select(host => Netgroup.FromAddress(scene.GetEndPoint(host).Address))));
    }

    [Fact]
    public void Timeline_EventsOfOneTime_ComeInTheirOrder()
    {
        var timeline = new Timeline(DateTimeOffset.UnixEpoch);
        List<int> seen = [];
        for (var i = 2; i < 50; i++)
        {
            var number = i;
            timeline.Add(TimeSpan.FromSeconds(2), () => seen.Add(number));
        }

        timeline.Add(TimeSpan.FromSeconds(1), () =>
        {
            seen.Add(0);
            timeline.Add(TimeSpan.Zero, () => seen.Add(1)); // In the past: at once.
        });
        timeline.Add(TimeSpan.FromSeconds(3), () => seen.Add(50));

        timeline.Run(TimeSpan.FromSeconds(2));

        Assert.Equal(Enumerable.Range(0, 50), seen);
        Assert.Equal(DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(2), timeline.Clock.GetUtcNow());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Restarts_SameSeed_GiveTheSame(bool isCore)
    {
        var policy = isCore ? Policy.Core : Policy.Connmgr;
        var (one, other) = (Run(), Run());

        Assert.Equal(one.Attackers, other.Attackers);
        Assert.Equal(one.Shares, other.Shares);
        Assert.Equal(33, one.Shares.Length); // 16 hours.
        Assert.Equal(one.Places, other.Places);
        Assert.True(one.Shares.Max() > 0, "The attacker never had a slot.");

        RestartsResult Run()
        {
            var world = new World(Village, 11);
            return RestartsExperiment.Run(world, SettledBook.Create(world, hasAsMap: true), CreateCell(policy, 0.4));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Restarts_StrongerAttack_TakesMore(bool isCore)
    {
        var policy = isCore ? Policy.Core : Policy.Connmgr;
        var (weak, strong) = (CreateCell(policy, 0.05), CreateCell(policy, 0.8));
        for (var seed = 0; seed < 2; seed++)
        {
            var world = new World(Village, seed);
            var book = SettledBook.Create(world, hasAsMap: true);
            weak.Add(RestartsExperiment.Run(world, book, weak));
            strong.Add(RestartsExperiment.Run(world, book, strong));
        }

        Assert.True(weak.GetShare(10).Value < 0.3, $"{weak.GetShare(10).Value} of the slots for a twentieth of what answers.");
        Assert.True(strong.GetShare(10).Value > 0.5, $"{strong.GetShare(10).Value} of the slots for four fifths of what answers.");
        Assert.True(strong.GetHalf(10).Value <= strong.GetEverHalf(10).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Node_NoAttack_FillsItsSlotsAndKeepsAnchors(bool isCore)
    {
        var policy = isCore ? Policy.Core : Policy.Connmgr;
        // No node leaves, so the anchors are there after the restart.
        var world = new World(Village with { SteadyShare = 1 }, 2);
        var scene = world.CreateScene(AttackOptions.None);
        var node = SimulatedNode.Create(scene, new NodeOptions { Policy = policy }, SettledBook.Create(world, hasAsMap: false), 2);

        node.Start();
        scene.Timeline.Run(TimeSpan.FromMinutes(10));
        var before = node.BlockRelayPeers;
        node.Restart(isClean: true);
        scene.Timeline.Run(TimeSpan.FromMinutes(20));

        Assert.NotNull(node.FilledAfter);
        Assert.Equal(0, node.AttackerPeers);
        Assert.Equal(NodeOptions.BlockSlots, before.Count);
        Assert.Equal(before.Order(StringComparer.Ordinal), node.BlockRelayPeers.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void CoreNode_DeadAddresses_DialsOneAtATime()
    {
        var world = new World(Village with { NodeShare = 0, UnreachableShare = 0, RefusingShare = 0 }, 4);
        var scene = world.CreateScene(AttackOptions.None);
        var node = SimulatedNode.Create(scene, new NodeOptions { Policy = Policy.Core }, CreateBook(scene), 4);

        node.Start();
        scene.Timeline.Run(TimeSpan.FromSeconds(55));

        Assert.Equal(10, node.Dials); // 0.5 s of pause and 5 s of silence each.
    }

    [Fact]
    public void Seeds_AllTheAttackers_GiveItAllSlots()
    {
        foreach (var policy in Enum.GetValues<Policy>())
        {
            var cell = new SeedsCell(SeedsExperiment.Seeds, new NodeOptions { Policy = policy }, new AttackOptions { Share = 0.5, Flooders = 0 });
            cell.Add(SeedsExperiment.Run(new World(Village, 6), cell));

            Assert.Equal(1, cell.Share.Value);
            Assert.Equal(1, cell.Half.Hits);
        }
    }

    [Fact]
    public void Fill_MostAreDead_TakesLonger()
    {
        foreach (var policy in Enum.GetValues<Policy>())
        {
            var (few, most) = (new FillCell(0.5, new NodeOptions { Policy = policy }), new FillCell(0.9, new NodeOptions { Policy = policy }));
            few.Add(FillExperiment.Run(Village, 1, few));
            most.Add(FillExperiment.Run(Village, 1, most));

            Assert.True(few.GetQuantile(0.5) < most.GetQuantile(0.5));
            Assert.True(few.Dials.Value < most.Dials.Value);
        }
    }

    [Fact]
    public void Outputs_KnownValues_AreWritten()
    {
        var table = new MarkdownTable("a", "b");
        table.Add("1", new Proportion(1, 2).ToString());
        var chart = new SvgChart("t", "x", "y", 2);
        chart.Add("line", [ChartPoint.From(0, new Proportion(0, 10)), ChartPoint.From(2, new Proportion(10, 10))]);

        Assert.Equal("| a | b |\n| --- | --- |\n| 1 | 50.0 % (9.5 to 90.5) |\n", table.ToString());
        Assert.Contains("points=\"60,350 510,40\"", chart.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void CommandLine_Arguments_AreRead()
    {
        var options = CommandLineOf("--runs", "7", "--seed", "3", "--world", "large", "--only", "fill", "--out", "x");

        Assert.Equal((7, 3, WorldOptions.Large, "x"), (options!.Runs, options.Seed, options.World, options.Folder));
        Assert.True(options.Wants("fill"));
        Assert.False(options.Wants("seeds"));
        Assert.Null(CommandLineOf("--runs"));
        Assert.Null(CommandLineOf("--runs", "0"));
        Assert.Null(CommandLineOf("--world", "flat"));

        static CommandLine? CommandLineOf(params string[] args) => CommandLine.TryParse(args);
    }

    private static RestartsCell CreateCell(Policy policy, double share) =>
        new("test", new NodeOptions { Policy = policy, HasAsMap = true }, new AttackOptions { Share = share });

    private static BookSnapshot CreateBook(Scene scene)
    {
        var book = new AddressBook(new AddressBookOptions { TimeProvider = scene.Timeline.Clock, Random = new Random(1), Key = new byte[32].Select(static _ => (byte)1).ToArray() });
        for (var host = 0; host < Village.Addresses; host++)
            book.Add(scene.Describe(host), scene.GetEndPoint(host).Address);
        return book.Capture();
    }
}
