using CsCheck;

namespace Connmgr.Bitcoin.Tests.Gossip;

public sealed class AddressTokensTests
{
    [Fact]
    public void Take_BitcoinCoresCases_AreAsThere()
    {
        var inbound = new AddressTokens(TimeSpan.Zero);
        Assert.Equal(1, inbound.Take(600, TimeSpan.Zero));
        Assert.Equal(0, inbound.Take(600, TimeSpan.FromSeconds(9.9)));
        Assert.Equal(10, inbound.Take(600, TimeSpan.FromSeconds(100)));
        Assert.Equal(100, inbound.Take(600, TimeSpan.FromSeconds(1100)));

        var asked = new AddressTokens(TimeSpan.Zero);
        asked.Grant(1000);
        Assert.Equal(1001, asked.Take(1200, TimeSpan.Zero));
        Assert.Equal(10, asked.Take(600, TimeSpan.FromSeconds(100)));

        Assert.Equal(1000, inbound.Take(2000, TimeSpan.FromDays(3)));
    }

    [Fact]
    public void Take_AboveTheCap_KeepsWhatWasGrantedAndGainsNothing()
    {
        var tokens = new AddressTokens(TimeSpan.Zero);
        tokens.Grant(1000);
        Assert.Equal(0, tokens.Take(0, TimeSpan.FromDays(1)));
        Assert.Equal(1001, tokens.Take(3000, TimeSpan.FromDays(2)));
    }

    [Fact]
    public void Take_AnySequence_IsWithinTheRateAndNeverBelowIt()
    {
        Gen.Select(Gen.Int[0, 300], Gen.Int[0, 100_000]).Array[1, 60].Sample(steps =>
        {
            var tokens = new AddressTokens(TimeSpan.Zero);
            var (now, taken, hungry) = (TimeSpan.Zero, 0L, true);
            foreach (var (wanted, milliseconds) in steps)
            {
                now += TimeSpan.FromMilliseconds(milliseconds);
                var got = tokens.Take(wanted, now);
                Assert.InRange(got, 0, wanted);
                hungry &= got < wanted;
                taken += got;
                Assert.True(taken <= 1 + now.TotalSeconds / 10 + 1e-6);
            }

            // One who always wants more gets all that there is.
            Assert.True(!hungry || taken >= Math.Floor(1 + now.TotalSeconds / 10 - 1e-6));
        });
    }
}
