namespace Connmgr;

/// <summary>A tag (<see cref="ConnectionRequest.Tag"/>) that can say how its connection is dialled.</summary>
internal interface IDialTag
{
    /// <summary>True when the peer must not learn which other connections are of the same program (<see cref="OwnIdentity"/>).</summary>
    bool NeedsOwnIdentity { get; }
}
