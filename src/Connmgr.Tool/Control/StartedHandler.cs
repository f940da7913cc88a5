using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>
/// Carries a command out once the run has opened its files: until then its book and its bans are not what the data directory has, and what
/// changes them is not written there.
/// </summary>
internal sealed class StartedHandler(IControlHandler handler, Task started) : IControlHandler
{
    public string Name => handler.Name;

    public async Task RunAsync(JsonElement arguments, ControlWriter writer, ControlCall call)
    {
        await started.WaitAsync(call.Aborted).ConfigureAwait(false);
        await handler.RunAsync(arguments, writer, call).ConfigureAwait(false);
    }
}
