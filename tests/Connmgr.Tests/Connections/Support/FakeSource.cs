using System.Net;

namespace Connmgr.Tests.Connections;

/// <summary>An address source that answers as the test says, and keeps what it was asked and told.</summary>
internal sealed class FakeSource(Func<CandidateRequest, CancellationToken, ValueTask<Candidate?>> get) : IAddressSource
{
    private int _running;
    private int _next;

    public FakeSource(Func<EndPoint?> get)
        : this((_, _) => ValueTask.FromResult(get() is { } endPoint ? new Candidate(endPoint) : (Candidate?)null))
    {
    }

    /// <summary>Every call.</summary>
    public int Calls { get; private set; }

    public bool WasCalledTwiceAtOnce { get; private set; }

    /// <summary>Every candidate given, each with a tag of its own.</summary>
    public List<Candidate> Given { get; } = [];

    public List<AttemptOutcome> Reports { get; } = [];

    public List<(Candidate Candidate, int ShortInRow)> Ends { get; } = [];

    public async ValueTask<Candidate?> GetAsync(CandidateRequest request, CancellationToken cancellationToken)
    {
        Calls++;
        WasCalledTwiceAtOnce |= ++_running > 1;
        try
        {
            if (await get(request, cancellationToken) is not { } candidate)
                return null;
            candidate = new Candidate(candidate.EndPoint, ++_next);
            Given.Add(candidate);
            return candidate;
        }
        finally
        {
            _running--;
        }
    }

    public void ReportOutcome(in AttemptOutcome outcome) => Reports.Add(outcome);

    public void ReportShortConnections(in Candidate candidate, int count) => Ends.Add((candidate, count));
}
