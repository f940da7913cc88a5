namespace Connmgr.Fleet.Tests;

/// <summary>Runs the tests, or a process of a fleet for them to kill.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args) => args is ["worker", var redis, var fleet, var lease, .. var addresses]
        ? await Worker.RunAsync(redis, fleet, lease, addresses)
        : await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
}
