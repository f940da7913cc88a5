using System.Collections.Immutable;

namespace Connmgr;

/// <summary>The anchors that <see cref="AnchorsFile.ReadAndDeleteAsync"/> read.</summary>
/// <param name="Anchors">The anchors; none when there is no file or it is damaged.</param>
/// <param name="Error">The reason why the file could not be read, for a message; null when it could, or when there is none.</param>
/// <param name="QuarantinePath">The name that the damaged file has now; null without damage.</param>
internal sealed record LoadedAnchors(ImmutableArray<PeerAddress> Anchors, AddressFileException? Error = null, string? QuarantinePath = null);
