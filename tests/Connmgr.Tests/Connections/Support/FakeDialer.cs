using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>A dialler whose every dial waits until the test says how it ends.</summary>
internal sealed class FakeDialer
{
    public List<Dial> All { get; } = [];

    public IEnumerable<Dial> Pending => All.Where(dial => !dial.Result.Task.IsCompleted);

    public List<FakeStream> Streams { get; } = [];

    /// <summary>How each new dial behaves; by default it waits.</summary>
    public Action<Dial>? OnDial { get; set; }

    public async ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var dial = new Dial(this, endPoint, cancellationToken);
        All.Add(dial);
        OnDial?.Invoke(dial);
        return await dial.Result.Task;
    }

    internal sealed class Dial
    {
        private readonly FakeDialer _dialer;

        public Dial(FakeDialer dialer, EndPoint endPoint, CancellationToken token)
        {
            _dialer = dialer;
            EndPoint = endPoint;
            Token = token;
            token.Register(() =>
            {
                if (!IgnoresToken)
                    Result.TrySetCanceled(token);
            });
        }

        public EndPoint EndPoint { get; }

        public CancellationToken Token { get; }

        public TaskCompletionSource<Stream> Result { get; } = new();

        public bool IgnoresToken { get; set; }

        public FakeStream Succeed(EndPoint? remote = null)
        {
            var stream = new FakeStream(remote ?? EndPoint);
            if (Result.TrySetResult(stream))
                _dialer.Streams.Add(stream);
            return stream;
        }

        public void Fail(ConnectFailureCause cause = ConnectFailureCause.Refused, ConnectPhase phase = ConnectPhase.Tcp) =>
            Result.TrySetException(new ConnectFailedException(phase, cause, $"{cause} by the test"));

        public void Throw() => Result.TrySetException(new InvalidOperationException("thrown by the test"));
    }
}
