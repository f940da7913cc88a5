using CsCheck;

namespace Connmgr.Tool.Tests;

public sealed class RunHistoryTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Add_AnyEvents_PointsAndTallySayTheSame() =>
        Gen.Int[0, 3].Array[0, 400].Sample(kinds =>
        {
            var history = new RunHistory();
            for (var i = 0; i < kinds.Length; i++)
            {
                switch (kinds[i])
                {
                    case 0:
                        history.Add(Failed(i, ConnectFailureCause.Timeout));
                        break;
                    case 1:
                        history.Add(Failed(i, ConnectFailureCause.Canceled));
                        break;
                    case 2:
                        history.Add(new InboundRefused(Begin, null, ConnectFailureCause.RateLimit) { Suppressed = 3 });
                        break;
                    default:
                        history.Sample(Gauge(i));
                        break;
                }
            }

            history.Sample(Gauge(kinds.Length));
            var points = history.Points(ofMinutes: false, after: 0);
            var tally = history.Tally();
            return points.Sum(point => point.Failed.GetValueOrDefault("timeout")) == kinds.Count(kind => kind == 0)
                && tally.Failed.GetValueOrDefault("timeout") == kinds.Count(kind => kind == 0)
                && points.Sum(point => point.GivenUp) == kinds.Count(kind => kind == 1)
                && tally.GivenUp == kinds.Count(kind => kind == 1)
                && points.Sum(point => point.Refused) == 4 * kinds.Count(kind => kind == 2);
        });

    [Fact]
    public void Sample_ForHours_KeepsTheLast()
    {
        var history = new RunHistory();
        var count = 60 * (RunHistory.Minutes + 5);
        for (var i = 0; i < count; i++)
        {
            history.Add(Failed(i, ConnectFailureCause.Refused));
            history.Sample(Gauge(i));
        }

        var (seconds, minutes) = (history.Points(ofMinutes: false, 0), history.Points(ofMinutes: true, 0));
        Assert.Equal((RunHistory.Seconds, RunHistory.Minutes), (seconds.Length, minutes.Length));
        Assert.Equal(Begin.AddSeconds(count - 1).ToUnixTimeMilliseconds(), seconds[^1].Time);
        Assert.All(seconds, point => Assert.Equal(1, point.Failed["refused"]));
        Assert.All(minutes, point => Assert.Equal(60, point.Failed["refused"]));
        Assert.Equal(seconds[^2..], history.Points(ofMinutes: false, seconds[^3].Time));
        Assert.Empty(history.Points(ofMinutes: true, minutes[^1].Time));
    }

    [Fact]
    public void Decisions_ManyFailures_DoNotPushOutWhatIsRare()
    {
        var history = new RunHistory();
        history.Add(new OutageStarted(Begin, "ipv4"));
        for (var i = 0; i < 10_000; i++)
        {
            history.Add(Failed(i, ConnectFailureCause.Timeout));
            history.Add(Failed(i, ConnectFailureCause.Superseded));
        }

        var decisions = history.Decisions(after: 0);
        Assert.Equal((2 * RunHistory.DecisionsPerTone) + 1, decisions.Length);
        Assert.Equal(decisions.Select(decision => decision.Number).Order(), decisions.Select(decision => decision.Number));
        Assert.Equal(("outage", "warning"), (decisions[0].What, decisions[0].Tone));
        Assert.Equal(decisions[^5..], history.Decisions(decisions[^6].Number));
    }

    [Fact]
    public void Close_ManyDurations_GivesQuantilesOfTheLast()
    {
        var bucket = new HistoryBucket();
        for (var i = 1; i <= 1256; i++)
            bucket.AddDuration(i <= 1000 ? 1_000_000 : i - 1000);
        var point = bucket.Close(Gauge(0));
        Assert.Equal((128d, 231d), (point.ConnectMedian, point.ConnectNinth));
        Assert.Null(bucket.Close(Gauge(1)).ConnectMedian);
    }

    [Fact]
    public void Text_EveryCause_HasItsOwn()
    {
        var failures = Enum.GetValues<ConnectFailureCause>().Select(DecisionText.Explain).ToList();
        var ends = Enum.GetValues<DisconnectCause>().Select(DecisionText.Explain).ToList();
        Assert.Distinct(failures, StringComparer.Ordinal);
        Assert.Distinct(ends, StringComparer.Ordinal);
        Assert.DoesNotContain("There is no explanation.", failures.Concat(ends), StringComparer.Ordinal);
    }

    private static AttemptFailed Failed(long id, ConnectFailureCause cause) =>
        new(Begin, ConnectionKind.Automatic, new AttemptOutcome { RequestId = id, EndPoint = null, Cause = cause, Phase = ConnectPhase.Tcp });

    private static HistoryGauge Gauge(int second) => new() { Time = Begin.AddSeconds(second) };
}
