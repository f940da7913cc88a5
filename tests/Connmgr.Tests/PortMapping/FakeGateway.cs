using System.Net;
using System.Threading.Channels;

namespace Connmgr.Tests.PortMapping;

/// <summary>A gateway whose answers the test gives, one by one.</summary>
internal sealed class FakeGateway(PortMappingMethod method) : IGatewayClient
{
    private readonly Channel<Call> _calls = Channel.CreateUnbounded<Call>();

    /// <summary>The requests that have not been awaited yet.</summary>
    public int Waiting => _calls.Reader.Count;

    public async Task<MappingAnswer> MapAsync(GatewayRequest request, CancellationToken cancellationToken) => (MappingAnswer)(await AskAsync("map", request, cancellationToken))!;

    public async Task<CheckAnswer> CheckAsync(GatewayRequest request, CancellationToken cancellationToken) => (CheckAnswer)(await AskAsync("check", request, cancellationToken))!;

    public Task RemoveAsync(GatewayRequest request, CancellationToken cancellationToken) => AskAsync("remove", request, cancellationToken);

    /// <summary>Waits for the next request.</summary>
    public async Task<Call> NextAsync(CancellationToken cancellationToken) => await _calls.Reader.ReadAsync(cancellationToken);

    private async Task<object?> AskAsync(string action, GatewayRequest request, CancellationToken cancellationToken)
    {
        var call = new Call(method, action, request);
        _calls.Writer.TryWrite(call);
        return await call.Result.WaitAsync(cancellationToken);
    }

    internal sealed class Call(PortMappingMethod method, string action, GatewayRequest request)
    {
        private readonly TaskCompletionSource<object?> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<object?> Result => _result.Task;

        public string Action => action;

        public GatewayRequest Request => request;

        public void Map(string external, double minutes = 40, uint epoch = 100) =>
            _result.SetResult(new MappingAnswer(IPEndPoint.Parse(external), TimeSpan.FromMinutes(minutes), epoch));

        public void Check(CheckAnswer answer) => _result.SetResult(answer);

        public void Remove() => _result.SetResult(null);

        public void Fail(GatewayFailure failure = GatewayFailure.NoAnswer, string reason = "no answer") => _result.SetException(new GatewayException(failure, reason));

        public override string ToString() => $"{method} {action} {request.Target.Local}";
    }
}
