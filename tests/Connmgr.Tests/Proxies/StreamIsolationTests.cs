namespace Connmgr.Tests.Proxies;

public class StreamIsolationTests
{
    [Fact]
    public void Next_FromManyThreads_NeverGivesTheSame()
    {
        var isolation = new StreamIsolation();
        var users = new string[200_000];

        Parallel.For(0, users.Length, i => users[i] = isolation.CreateCredentials().UserName);

        Assert.Equal(users.Length, users.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Credentials_OfTwoObjects_ShareNothing()
    {
        var (first, second) = (new StreamIsolation(), new StreamIsolation());

        Assert.NotEqual(first.CreateCredentials().UserName, second.CreateCredentials().UserName, StringComparer.Ordinal);
        Assert.NotEqual(first.CreateCredentials().UserName[..32], second.CreateCredentials().UserName[..32], StringComparer.Ordinal);
        Assert.NotEqual(first.GetCredentials("a").UserName, second.GetCredentials("a").UserName, StringComparer.Ordinal);
        Assert.NotEqual(first.GetCredentials("a").UserName[33..], second.GetCredentials("a").UserName[33..], StringComparer.Ordinal);
    }

    [Fact]
    public void OfGroup_OfOneName_IsTheSame_AndHidesIt()
    {
        var isolation = new StreamIsolation();
        var longName = new string('x', 1_000);

        Assert.Equal(isolation.GetCredentials(longName).UserName, isolation.GetCredentials(longName).Password);
        Assert.NotEqual(isolation.GetCredentials("a").UserName, isolation.GetCredentials("b").UserName, StringComparer.Ordinal);
        Assert.DoesNotContain("xx", isolation.GetCredentials(longName).UserName, StringComparison.Ordinal);
    }
}
