using System.Net;

namespace Connmgr.Rules;

/// <summary>The steps that the answers of the source lead to: a dial of its address, a refusal, a pause.</summary>
internal sealed class SourceOffers(RulesParts parts, RequestLife life, IdSequence ids)
{
    private readonly List<Effect> _effects = parts.Effects;

    /// <summary>Dials the address from the source, unless it must not be dialled or is not wanted any more.</summary>
    public void Offer(Candidate candidate, TimeSpan now)
    {
        var oneOff = parts.Pump.NextOneOff;
        var wanted = oneOff is null ? parts.FindWanted() : 0;
        if (!parts.IsActive || (oneOff is null && !(wanted != 0 && parts.Budget.HasToken(now))))
        {
            ReportRefused(candidate, ConnectFailureCause.Canceled);
            return;
        }

        var key = EndPointKey.Create(candidate.EndPoint);
        var endPoint = EndPointKey.Plain(candidate.EndPoint, key);
        var kind = oneOff?.Kind ?? ConnectionKind.Automatic;
        var refusal = parts.Candidates.GetRefusal(endPoint, key, kind, now);
        var aim = DialAim.None;
        if (refusal == ConnectFailureCause.None && oneOff is null && !TryAim(wanted, candidate.Profile, endPoint, parts.Unsuited.GetTraits(key, now) ?? candidate.Traits, out aim))
            refusal = ConnectFailureCause.Unsuited;
        if (refusal != ConnectFailureCause.None)
        {
            ReportRefused(candidate, refusal);
            if (parts.Pump.NoteRefused())
                Rest(isEmpty: false, now);
            return;
        }

        parts.Pump.NoteAccepted();
        if (oneOff is not null && !life.MakeRoomForUser(now))
        {
            ReportRefused(candidate, ConnectFailureCause.Canceled);
            life.EndUndialed(oneOff, ConnectFailureCause.ConnectionLimit);
            return;
        }

        var request = oneOff ?? new Request(ids.Next(), ConnectionKind.Automatic, endPoint) { FromSource = true };
        (request.EndPoint, request.Key, request.OfferedAs, request.Tag) = (endPoint, key, candidate.EndPoint, candidate.Tag);
        if (!parts.Options.Manager.AllowDuplicateAddresses)
            parts.Claims.TryClaim(key, request);
        if (oneOff is null)
        {
            parts.Requests.Add(request.Id, request);
            parts.Budget.TryTake(now);
        }
        else
            parts.Pump.Remove(oneOff);

        life.Dial(request, aim, now);
    }

    /// <summary>Pauses the source, for the groups that it was asked for or entirely; the one-offs that wait for it then end without an address.</summary>
    public void Rest(bool isEmpty, TimeSpan now)
    {
        _effects.Add(Effect.SourceRests(parts.Pump.Rest(isEmpty, parts.Slots.Groups, now)));
        while (parts.Pump.IsResting && parts.Pump.NextOneOff is { } oneOff)
            life.EndUndialed(oneOff, ConnectFailureCause.NoAddress);
    }

    /// <summary>Finds the first group that lacks an attempt and that an address may be of use to.</summary>
    private bool TryAim(uint wanted, string? onlyProfile, EndPoint endPoint, UInt128? traits, out DialAim aim)
    {
        var groups = parts.Slots.Groups;
        for (var group = 0; group < groups.Count; group++)
        {
            var one = 1u << group;
            if ((wanted & one) == 0)
                continue;
            var profile = groups.All[group].Profile;
            if (onlyProfile is not null && !string.Equals(profile, onlyProfile, StringComparison.Ordinal))
                continue;
            var fits = groups.FindFits(profile, endPoint, traits);
            if ((fits & parts.Slots.Assignment.FindEntrances(one)) == 0)
                continue;
            aim = new DialAim(profile, group, fits, traits);
            return true;
        }

        aim = DialAim.None;
        return false;
    }

    private void ReportRefused(Candidate candidate, ConnectFailureCause cause) =>
        _effects.Add(Effect.Report(new AttemptOutcome { RequestId = 0, EndPoint = candidate.EndPoint, Cause = cause, Tag = candidate.Tag }));
}
