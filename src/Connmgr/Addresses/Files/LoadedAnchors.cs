using System.Collections.Immutable;

namespace Connmgr;

/// <summary>What <see cref="AnchorsFile.TakeAsync"/> found.</summary>
/// <param name="Anchors">The anchors; none when there is no file or it is damaged.</param>
/// <param name="Damage">Why the file could not be read, for a message. Null: it could, or there is none.</param>
/// <param name="SetAside">The name that the damaged file has now. Null without damage.</param>
public sealed record LoadedAnchors(ImmutableArray<PeerAddress> Anchors, AddressFileException? Damage = null, string? SetAside = null);
