namespace Connmgr.Tool;

/// <summary>Where Tor's control port stands. The names are those of the JSON.</summary>
/// <param name="Connected">Whether Tor is connected.</param>
/// <param name="Version">Tor's version; null while it is not known.</param>
/// <param name="OnionAddress">Our onion address; null while Tor does not serve it.</param>
/// <param name="Published">Whether others can find it.</param>
/// <param name="Failure">What went wrong; null when nothing did.</param>
internal sealed record TorItem(bool Connected, string? Version, string? OnionAddress, bool Published, string? Failure)
{
    public static TorItem? Of(TorState? state) => state is null
        ? null
        : new(
            state.IsConnected,
            state.Version is { } version ? SafeText.Line(version) : null,
            state.OnionService?.ToString(),
            state.IsOnionServicePublished,
            state.Failure is { } failure ? SafeText.Line(failure) : null);
}
