namespace Connmgr.Hosting.Tests.Settings;

public sealed class ChainChoiceTests : IDisposable
{
    private static readonly ChainParameters Supplied = ChainParameters.Regtest with { Name = "ours" };

    private readonly string _file = Path.GetTempFileName();

    [Theory]
    [InlineData(null, false, false, "", null)]
    [InlineData(null, false, false, "signet", "signet")]
    [InlineData(null, false, true, "signet", "ours")]
    [InlineData("testnet4", false, true, "signet", "testnet4")]
    [InlineData("Mainnet", false, false, "", "mainnet")]
    [InlineData("litecoin", false, false, "", null)]
    [InlineData(null, true, true, "signet", "litecoin")]
    [InlineData("signet", true, true, "signet", null)]
    public void Find_AnySettings_IsTheFirstOfFileNameProgramAndInstance(string? chain, bool hasFile, bool isSupplied, string instance, string? expected)
    {
        File.WriteAllText(_file, "name = 'litecoin'\nmagic = 'fbc0b6db'\nport = 9333");
        var settings = new BitcoinPeersSettings { Chain = chain, ChainFile = hasFile ? _file : null };
        var found = ChainChoice.Find(settings, isSupplied ? Supplied : null, instance);
        Assert.Equal(expected, found?.Name);
        if (found is null)
            Assert.NotEmpty(SettingsRules.GetErrors(settings, found));
        else
            Assert.Empty(SettingsRules.GetErrors(settings, found));
    }

    [Fact]
    public void GetErrors_OfAFile_NamesItsLinesOrThatItIsNotThere()
    {
        File.WriteAllText(_file, "name = 'main'\nmagic = 'fbc0b6db'\nport = 0");
        Assert.Equal(
            [
                $"ChainFile is '{_file}': {_file}:1: name is 'main': that is the name of a known network, so choose another one.",
                $"ChainFile is '{_file}': {_file}:3: port is 0: use a number from 1 to 65535.",
            ],
            ChainChoice.GetErrors(new BitcoinPeersSettings { ChainFile = _file }),
            StringComparer.Ordinal);
        Assert.StartsWith("ChainFile is '/nowhere/x': it can't be read: ", Assert.Single(ChainChoice.GetErrors(new BitcoinPeersSettings { ChainFile = "/nowhere/x" })), StringComparison.Ordinal);
        Assert.Equal("Chain and ChainFile are both set: leave one out.", Assert.Single(ChainChoice.GetErrors(new BitcoinPeersSettings { Chain = "signet", ChainFile = _file })));
    }

    public void Dispose() => File.Delete(_file);
}
