namespace Connmgr.Tests.Addresses;

public sealed class TriedCollisionTests
{
    private readonly BookWorld _world = new();

    private AddressBook Book => _world.Book;

    [Fact]
    public void SelectTriedCollision_WithoutCollision_GivesNone()
    {
        Assert.Null(Collision());
        Book.ResolveCollisions();
        FillTried();
        Assert.Null(Collision());
    }

    [Fact]
    public void ResolveCollisions_OccupantGoodOfLate_KeepsIt_T40()
    {
        FillTried();
        Collide();

        Assert.Equal("250.1.1.19", Collision());
        Book.ResolveCollisions();

        Assert.Null(Collision());
        Assert.True(IsTried(19));
        Assert.False(IsTried(36));
        BookWorld.AssertConsistent(Book);
    }

    [Fact]
    public void ResolveCollisions_OccupantFailed_GivesItsPlaceAway_T40()
    {
        FillTried();
        Collide();
        Book.MarkGood(BookWorld.EndPoint("250.1.1.19"), DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(1));
        Book.RecordAttempt(BookWorld.EndPoint("250.1.1.19"), countFailure: false, _world.Now - TimeSpan.FromSeconds(60));
        Book.ResolveCollisions();
        Assert.True(IsTried(19), "It has a minute to answer.");

        Book.RecordAttempt(BookWorld.EndPoint("250.1.1.19"), countFailure: false, _world.Now - TimeSpan.FromSeconds(61));
        Book.ResolveCollisions();

        Assert.Null(Collision());
        Assert.True(IsTried(36));
        Assert.False(IsTried(19));
        BookWorld.AssertConsistent(Book);

        // The other way round, this time because nobody tested it.
        Assert.False(Book.MarkGood(BookWorld.EndPoint("250.1.1.36")));
        Assert.False(Book.MarkGood(BookWorld.EndPoint("250.1.1.19")));
        Assert.Equal("250.1.1.36", Collision());
        _world.Clock.Advance(TimeSpan.FromHours(4));
        Book.ResolveCollisions();

        Assert.Null(Collision());
        Assert.True(IsTried(19));
        Assert.False(IsTried(36));
        BookWorld.AssertConsistent(Book);
    }

    [Fact]
    public void ResolveCollisions_ClaimantGoneMeanwhile_DropsIt()
    {
        FillTried();
        Collide();

        // Whoever wants the place of a claimant that nobody has seen for years gets it.
        _world.Clock.Advance(TimeSpan.FromDays(40));
        for (var i = 0; i < 2000 && Book.TryGet(BookWorld.EndPoint("250.1.1.36"), out _); i++)
            _world.AddFresh(BookWorld.EndPoint($"250.1.{i / 250}.{i % 250}", 8333));
        Assert.False(Book.TryGet(BookWorld.EndPoint("250.1.1.36"), out _));

        Assert.Null(Collision());
        Book.ResolveCollisions();
        Assert.True(IsTried(19));
        BookWorld.AssertConsistent(Book);
    }

    private void FillTried()
    {
        for (var i = 1; i < 36; i++)
        {
            Assert.True(_world.Add($"250.1.1.{i}"));
            Assert.True(Book.MarkGood(BookWorld.EndPoint($"250.1.1.{i}")));
        }
    }

    private void Collide()
    {
        Assert.True(_world.Add("250.1.1.36"));
        Assert.False(Book.MarkGood(BookWorld.EndPoint("250.1.1.36")));
    }

    private bool IsTried(int number) => Book.TryGet(BookWorld.EndPoint($"250.1.1.{number}"), out var entry) && entry.IsTried;

    private string? Collision() => Book.TrySelectTriedCollision(out var entry) ? entry.EndPoint.Address.ToString() : null;
}
