using CsCheck;

namespace Connmgr.Bitcoin.Tests.Network;

public class AnchorGuardTests
{
    private static readonly PeerAddress One = new(NetworkEndPoint.Parse("1.2.3.4:8333"), 9, DateTimeOffset.UnixEpoch);
    private static readonly PeerAddress Two = new(NetworkEndPoint.Parse("[2a00::1]:8333"), 9, DateTimeOffset.UnixEpoch);

    [Fact]
    public void Admit_AfterACleanEnd_TakesAllAndForgets()
    {
        var record = AnchorGuard.Write([(One, 2)]);
        Assert.Equal([(One, 3 - 1)], AnchorGuard.Admit([One], AnchorGuard.Write([(One, 1)])));
        Assert.Equal([(One, 0), (Two, 0)], AnchorGuard.Admit([One, Two], record: null));
        Assert.Empty(AnchorGuard.Admit([One], record));
    }

    [Fact]
    public void Admit_UncleanEndsInARow_LetsGoOfAnAnchorAtTheThird()
    {
        string? record = null;
        List<int> admitted = [];
        for (var start = 0; start < 4; start++)
        {
            var guarded = AnchorGuard.Admit(start == 2 ? [One, Two] : [One], record);
            admitted.Add(guarded.Length);
            record = AnchorGuard.Write(guarded);
        }

        Assert.Equal([1, 1, 2, 0], admitted);
    }

    [Fact]
    public void Admit_AnyRecord_NeverThrows() =>
        Gen.String.Sample(record => Assert.True(AnchorGuard.Admit([One, Two], record).Length <= 2));

    [Fact]
    public void Admit_ARecordThatWasCutShort_CountsWhatIsThere()
    {
        var record = AnchorGuard.Write([(One, 2), (Two, 2)]);
        Assert.Equal([(Two, 1)], AnchorGuard.Admit([One, Two], record[..^3]));
    }
}
