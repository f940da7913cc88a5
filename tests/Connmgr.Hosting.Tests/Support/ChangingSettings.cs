using Microsoft.Extensions.Configuration;

namespace Connmgr.Hosting.Tests.Support;

/// <summary>Configuration in memory that can change, as a file can.</summary>
internal sealed class ChangingSettings : ConfigurationProvider, IConfigurationSource
{
    public ChangingSettings(IEnumerable<(string Key, string? Value)> settings)
    {
        foreach (var (key, value) in settings)
            Data[key] = value;
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Changes some of it at once; null takes a key away.</summary>
    public void Change(params (string Key, string? Value)[] changes)
    {
        foreach (var (key, value) in changes)
        {
            if (value is null)
                Data.Remove(key);
            else
                Data[key] = value;
        }

        OnReload();
    }
}
