using System.Net;

namespace Connmgr;

/// <summary>A tag (<see cref="ConnectionRequest.Tag"/>) that can say how its connection is dialled.</summary>
internal interface IDialTag
{
    /// <summary>The callback that dials, in place of <see cref="ConnectionManagerOptions.Dial"/>; null for that one.</summary>
    Func<EndPoint, CancellationToken, ValueTask<Stream>>? Dial { get; }
}
