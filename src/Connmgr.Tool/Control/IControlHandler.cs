using System.Text.Json;

namespace Connmgr.Tool;

/// <summary>Carries a command out. Thread-safe.</summary>
internal interface IControlHandler
{
    /// <summary>The name of the command.</summary>
    string Name { get; }

    /// <summary>Answers a request, but for its end.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="writer">Takes the items.</param>
    /// <param name="call">The circumstances.</param>
    /// <exception cref="JsonException">The arguments are not the command's.</exception>
    /// <exception cref="ToolException">It could not be done.</exception>
    Task RunAsync(JsonElement arguments, ControlWriter writer, ControlCall call);
}
