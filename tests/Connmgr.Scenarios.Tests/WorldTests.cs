using CsCheck;

namespace Connmgr.Scenarios.Tests;

/// <summary>The worlds must be those of every other implementation, or the figures say nothing.</summary>
public class WorldTests
{
    /// <summary>Compares with values computed independently, with big integers cut to 64 bits.</summary>
    [Theory]
    [InlineData(0, 0, 17509614380081456743)]
    [InlineData(1, 0, 16481712997681181849)]
    [InlineData(7, 99_999, 8274399075327722027)]
    [InlineData(61, 3, 9688038319734571130)]
    public void Hash_SeedAndNumber_AreThoseOfTheDefinition(int seed, int index, ulong hash) => Assert.Equal(hash, HashWorld.Hash(seed, index));

    /// <summary>Checks the dials that a manager needs for 1,000 good addresses of about ten thousand, one in ten good, in worlds 1 to 9: the numbers come from other implementations.</summary>
    [Fact]
    public void IsMultiple_OneInTen_GivesTheKnownNumberOfDials()
    {
        var dials = Enumerable.Range(1, 9).Select(static seed =>
        {
            var index = 0;
            for (var good = 0; good < 1000; index++)
                good += HashWorld.IsMultiple(seed, index, 10) ? 1 : 0;
            return index;
        }).Order().ToArray();
        Assert.Equal(10_156, dials[4]);
    }

    [Fact]
    public void NumberOf_AnyAddress_IsTheNumberItWasMadeOf() => Gen.Int[0, 5_000_000].Sample(number =>
        NumberedAddresses.GetNumber(NumberedAddresses.GetEndPoint(number)) == number);

    [Fact]
    public void Of_AnyNumber_IsRoutable() => Gen.Int[0, 5_000_000].Sample(static number =>
        NetworkAddress.FromIPAddress(NumberedAddresses.GetEndPoint(number).Address).IsRoutable);
}
