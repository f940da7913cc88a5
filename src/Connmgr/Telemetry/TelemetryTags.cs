namespace Connmgr;

/// <summary>The keys of tags. Their values come from small sets: never an address, a user agent or an id.</summary>
internal static class TelemetryTags
{
    public const string Instance = "connmgr.instance";
    public const string Direction = "connmgr.connection.direction";
    public const string Kind = "connmgr.connection.kind";
    public const string State = "connmgr.connection.state";
    public const string EndReason = "connmgr.connection.end_reason";
    public const string Group = "connmgr.group";
    public const string Network = "connmgr.network";
    public const string Outcome = "connmgr.outcome";
    public const string Phase = "connmgr.phase";
    public const string Reason = "connmgr.reason";
    public const string Scope = "connmgr.limit.scope";
    public const string Route = "connmgr.route";
    public const string BanChange = "connmgr.ban.change";
    public const string BanCause = "connmgr.ban.cause";
    public const string Misbehavior = "connmgr.misbehavior";
    public const string Verdict = "connmgr.verdict";
    public const string Seed = "connmgr.dns_seed.host";
    public const string ErrorType = "error.type";

    /// <summary>The instance of a manager that was given no name.</summary>
    public const string DefaultInstance = "default";

    /// <summary>Creates the tag that every measurement has.</summary>
    public static KeyValuePair<string, object?> GetInstance(string name) => new(Instance, name);
}
