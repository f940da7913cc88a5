using System.Net;
using CsCheck;

namespace Connmgr.Hosting.Tests.Settings;

/// <summary>The difference between two sets of settings.</summary>
public class SettingsChangeTests
{
    private static readonly Gen<ConnectionManagerSettings> AllSettings = Gen.Select(Gen.Int[0, 2], Gen.Int[1, 2], Gen.Int[0, 7]).Select((target, seconds, peers) =>
        new ConnectionManagerSettings
        {
            TargetOutbound = target,
            DialTimeout = TimeSpan.FromSeconds(seconds),
            PermanentPeers = [.. Enumerable.Range(0, 3).Where(i => (peers >> i & 1) == 1).Select(i => new IPEndPoint(IPAddress.Loopback, i + 1))],
        });

    [Fact]
    public void Between_AnySettings_IsExactlyTheDifference() => Gen.Select(AllSettings, AllSettings, AllSettings).Sample((made, now, next) =>
    {
        var change = SettingsChange.Between(SettingKeys.OfManager, made, now, next);
        Assert.Equal(now.TargetOutbound != next.TargetOutbound, change.Includes(nameof(next.TargetOutbound)));
        Assert.Equal(now.DialTimeout != next.DialTimeout && made.DialTimeout != next.DialTimeout, change.AtNextStart is [nameof(next.DialTimeout)]);
        Assert.Equal(next.PermanentPeers.ToHashSet(), now.PermanentPeers.Except(change.RemovedPeers).Concat(change.AddedPeers).ToHashSet());
        Assert.Empty(change.AddedPeers.Intersect(now.PermanentPeers));
        Assert.Equal(change.Includes(nameof(next.PermanentPeers)), change.AddedPeers.Length + change.RemovedPeers.Length > 0);
    });

    [Fact]
    public void Between_TheSame_IsNothing() => AllSettings.Sample(settings =>
    {
        var change = SettingsChange.Between(SettingKeys.OfManager, settings, settings, settings);
        return change.Live.IsEmpty && change.AtNextStart.IsEmpty && change.AddedPeers.IsEmpty && change.RemovedPeers.IsEmpty;
    });
}
