using System.Net;
using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class ClaimTableTests
{
    private readonly ClaimTable _claims = new();
    private readonly Request _first = new(1, ConnectionKind.OneOff, endPoint: null);
    private readonly Request _second = new(2, ConnectionKind.OneOff, endPoint: null);
    private readonly IPEndPoint _key = new(IPAddress.Loopback, 8333);

    [Fact]
    public void TryClaim_IsGrantedToOneOwner()
    {
        Assert.True(_claims.TryClaim(_key, _first));
        Assert.True(_claims.TryClaim(_key, _first));
        Assert.False(_claims.TryClaim(new IPEndPoint(IPAddress.Loopback, 8333), _second));
        Assert.Same(_first, _claims.GetOwner(_key));
        Assert.Equal(1, _claims.Count);
    }

    [Fact]
    public void Claims_ThatComeAndGo_AllocateNothing() => Assert.Equal(0, Allocations.Least(() =>
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.True(_claims.TryClaim(_key, _first));
            _claims.Release(_key, _first);
        }
    }));

    [Fact]
    public void Release_ByTheOwnerAlone()
    {
        _claims.TryClaim(_key, _first);
        _claims.Release(_key, _second);
        Assert.Same(_first, _claims.GetOwner(_key));
        _claims.Release(_key, _first);
        Assert.Null(_claims.GetOwner(_key));
        Assert.True(_claims.TryClaim(_key, _second));
    }
}
