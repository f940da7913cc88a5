using Connmgr.Rules;

namespace Connmgr.Tests.Connections.Rules;

public class EffectTests
{
    private static readonly Link Link = new(new Request(7, ConnectionKind.OneOff, endPoint: null), TimeSpan.Zero);

    [Fact]
    public void Request_OfAnEffectWithALink_IsTheLinks() => Assert.Same(Link.Request, Effect.Dial(Link).Request);

    [Fact]
    public void Properties_OfAnotherKind_ThrowAndNameTheKind()
    {
        var effect = Effect.End(Link.Request);
        Assert.Equal("An effect of kind End has no Link.", Assert.Throws<InvalidOperationException>(() => effect.Link).Message);
        Assert.Throws<InvalidOperationException>(() => effect.Outcome);
        Assert.Throws<InvalidOperationException>(() => effect.Reason);
        Assert.Throws<InvalidOperationException>(() => effect.Route);
        Assert.Throws<InvalidOperationException>(() => effect.Text);
        Assert.Throws<InvalidOperationException>(() => Effect.CancelAsk().Request);
    }
}
