using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;

namespace Connmgr.Hosting.Tests.Support;

/// <summary>Dials whatever it is asked to while it is on, and refuses while it is off.</summary>
internal sealed class SwitchedDialer
{
    private readonly ConcurrentBag<Pipe> _open = [];

    public bool IsOn { get; set; } = true;

    public ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        if (!IsOn)
            throw new ConnectFailedException(ConnectPhase.Tcp, ConnectFailureCause.Refused, "It is off.");
        var pipe = new Pipe();
        _open.Add(pipe);
        return ValueTask.FromResult(pipe.Reader.AsStream());
    }
}
