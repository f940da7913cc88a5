namespace Connmgr.Tests.Proxies;

public class StreamIsolationTests
{
    [Fact]
    public void Next_FromManyThreads_NeverGivesTheSame()
    {
        var isolation = new StreamIsolation();
        var users = new string[200_000];

        Parallel.For(0, users.Length, i => users[i] = isolation.Next().UserName);

        Assert.Equal(users.Length, users.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Credentials_OfTwoObjects_ShareNothing()
    {
        var (first, second) = (new StreamIsolation(), new StreamIsolation());

        Assert.NotEqual(first.Next().UserName, second.Next().UserName, StringComparer.Ordinal);
        Assert.NotEqual(first.Next().UserName[..32], second.Next().UserName[..32], StringComparer.Ordinal);
        Assert.NotEqual(first.OfGroup("a").UserName, second.OfGroup("a").UserName, StringComparer.Ordinal);
        Assert.NotEqual(first.OfGroup("a").UserName[33..], second.OfGroup("a").UserName[33..], StringComparer.Ordinal);
    }

    [Fact]
    public void OfGroup_OfOneName_IsTheSame_AndHidesIt()
    {
        var isolation = new StreamIsolation();
        var longName = new string('x', 1_000);

        Assert.Equal(isolation.OfGroup(longName).UserName, isolation.OfGroup(longName).Password);
        Assert.NotEqual(isolation.OfGroup("a").UserName, isolation.OfGroup("b").UserName, StringComparer.Ordinal);
        Assert.DoesNotContain("xx", isolation.OfGroup(longName).UserName, StringComparison.Ordinal);
    }
}
