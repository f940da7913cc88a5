using System.Collections.Concurrent;
using System.Net;

namespace Connmgr.Interop;

/// <summary>A source that gives the addresses of a list in turn, over and over, and keeps what it is told of them.</summary>
internal sealed class AddressList(params IReadOnlyList<EndPoint> addresses) : IAddressSource
{
    private int _next = -1;

    /// <summary>What became of the addresses, in order.</summary>
    public ConcurrentQueue<AttemptOutcome> Outcomes { get; } = [];

    /// <summary>For <see cref="ConnectionManagerOptions.GetNewAddress"/>.</summary>
    public ValueTask<EndPoint?> NextAsync(CancellationToken cancellationToken) => ValueTask.FromResult<EndPoint?>(Next());

    public ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Candidate?>(new Candidate(Next()));

    public void ReportOutcome(in AttemptOutcome outcome) => Outcomes.Enqueue(outcome);

    private EndPoint Next() => addresses[(++_next) % addresses.Count];
}
