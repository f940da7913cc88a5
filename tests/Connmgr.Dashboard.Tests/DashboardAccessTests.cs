using System.Net;
using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class DashboardAccessTests
{
    private static readonly DashboardToken Token = DashboardToken.Create();

    private static readonly DashboardAccess Local = New("127.0.0.1");
    private static readonly DashboardAccess Remote = New("0.0.0.0", "nodes.example.org");

    [Theory]
    [InlineData("127.0.0.1:8330")]
    [InlineData("127.0.0.1")]
    [InlineData("localhost:8330")]
    [InlineData("LOCALHOST")]
    [InlineData("[::1]:8330")]
    [InlineData("127.8.9.1:1")]
    public void Judge_OwnHost_IsAllowed(string host) => Assert.Null(Local.Judge(Read(host)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("attacker.example:8330")] // A name of theirs that leads to 127.0.0.1: DNS rebinding.
    [InlineData("localhost.attacker.example")]
    [InlineData("127.0.0.1.attacker.example")]
    [InlineData("192.0.2.1:8330")]
    [InlineData("nodes.example.org")]
    [InlineData("[::1")]
    [InlineData("[::1]x")]
    [InlineData("127.0.0.1:8330@attacker.example")]
    [InlineData("127.0.0.1:")]
    public void Judge_OtherHost_IsRefused(string? host) => Assert.Equal(421, Local.Judge(Read(host))?.Status);

    [Theory]
    [InlineData("192.0.2.1:8330", null)]
    [InlineData("nodes.example.org", null)]
    [InlineData("attacker.example", 421)]
    public void Judge_RemoteDashboard_KnowsItsAddressesAndNames(string host, int? status) =>
        Assert.Equal(status, Remote.Judge(Read(host) with { Authorization = $"Bearer {Token.Text}" })?.Status);

    [Theory]
    [InlineData("http://127.0.0.1:8330", null, true)]
    [InlineData(null, "same-origin", true)]
    [InlineData(null, "none", true)]
    [InlineData("http://attacker.example", null, false)]
    [InlineData("http://127.0.0.1:9999", null, false)] // Another program's page on this machine.
    [InlineData("null", null, false)]
    [InlineData("file://127.0.0.1:8330", null, false)]
    [InlineData("http://127.0.0.1:8330", "cross-site", false)]
    [InlineData(null, "same-site", false)]
    public void Judge_Origin_MustBeOurs(string? origin, string? site, bool isAllowed)
    {
        foreach (var access in Enum.GetValues<DashboardRouteAccess>())
        {
            var refusal = Local.Judge(Read("127.0.0.1:8330") with
            {
                Access = access,
                Origin = origin,
                FetchSite = site,
                Authorization = $"Bearer {Token.Text}",
            });
            Assert.Equal(isAllowed ? null : 403, refusal?.Status);
        }
    }

    [Fact]
    public void Judge_LinkFromElsewhere_LeadsToThePageAlone()
    {
        var link = Read("127.0.0.1:8330") with { FetchSite = "cross-site", IsNavigation = true, Access = DashboardRouteAccess.Open };
        Assert.Null(Local.Judge(link));
        Assert.Equal(403, Local.Judge(link with { Access = DashboardRouteAccess.Read })?.Status);
        Assert.Equal(403, Local.Judge(link with { Access = DashboardRouteAccess.Change, Authorization = $"Bearer {Token.Text}" })?.Status);
        Assert.Equal(403, Local.Judge(link with { IsSafeMethod = false })?.Status);
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("0.0.0.0", true)]
    [InlineData("192.0.2.1", true)]
    public void Judge_WithoutToken_ReadsOnLoopbackAlone(string address, bool needsToken)
    {
        var access = New(address);
        Assert.Null(access.Judge(Read("127.0.0.1") with { Access = DashboardRouteAccess.Open }));
        Assert.Equal(needsToken ? 401 : null, access.Judge(Read("127.0.0.1"))?.Status);
        Assert.Equal(401, access.Judge(Read("127.0.0.1") with { Access = DashboardRouteAccess.Change })?.Status);
    }

    [Fact]
    public void Judge_Change_TakesTheTokenAlone()
    {
        var (right, wrong) = (0, 0);
        var near = Gen.Select(Gen.Int[0, Token.Text.Length - 1], Gen.Char.AlphaNumeric, (at, letter) => Token.Text[..at] + letter + Token.Text[(at + 1)..]);
        var texts = Gen.OneOf(Gen.Const(Token.Text), Gen.Const(string.Empty), near, Gen.Int[0, Token.Text.Length - 1].Select(length => Token.Text[..length]), Gen.String);
        var schemes = Gen.OneOf(Gen.Const("Bearer "), Gen.Const("bearer "), Gen.Const("Basic "), Gen.Const("Bearer"), Gen.Const(string.Empty));
        Gen.Select(schemes, texts).Sample(
            (scheme, text) =>
            {
                var isRight = scheme is "Bearer " or "bearer " && string.Equals(text.Trim(), Token.Text, StringComparison.Ordinal);
                var refusal = Local.Judge(Read("localhost") with { Access = DashboardRouteAccess.Change, Authorization = scheme + text });
                _ = isRight ? Interlocked.Increment(ref right) : Interlocked.Increment(ref wrong);
                return (refusal is null) == isRight;
            },
            iter: 1_000);
        Assert.True(right > 0 && wrong > 0, "Not all cases were reached.");
        Assert.Equal(401, Local.Judge(Read("localhost") with { Access = DashboardRouteAccess.Change, Authorization = "Bearer " })?.Status);
    }

    [Fact]
    public void New_Token_IsLongAndAnother()
    {
        Assert.Equal(32, Token.Text.Length); // 192 bits.
        Assert.NotEqual(Token.Text, DashboardToken.Create().Text, StringComparer.Ordinal);
        Assert.Equal(Token.Text, Uri.EscapeDataString(Token.Text));
    }

    private static DashboardAccess New(string address, params string[] hosts) =>
        new(new DashboardSettings { Address = IPAddress.Parse(address), Port = 8330, Hosts = [.. hosts] }, Token);

    private static DashboardRequest Read(string? host) => new() { Access = DashboardRouteAccess.Read, IsSafeMethod = true, Host = host };
}
