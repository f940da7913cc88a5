namespace Connmgr.Rules;

/// <summary>The kinds of actions that the rules request from the shell.</summary>
internal enum EffectKind
{
    /// <summary>Ask the source for an address.</summary>
    Ask,

    /// <summary>Cancel the call to the source.</summary>
    CancelAsk,

    /// <summary>Report to the source how an attempt at one of its addresses ended.</summary>
    Report,

    /// <summary>Report to the source how many connections in a row, the one that ended included, did not last.</summary>
    ReportEnd,

    /// <summary>Begin to dial.</summary>
    Dial,

    /// <summary>Begin the handshake.</summary>
    Handshake,

    /// <summary>End an attempt that failed or was given up: cancel what runs, dispose what is open.</summary>
    Abort,

    /// <summary>Hand the connection over.</summary>
    Establish,

    /// <summary>Publish that a connection is in another group.</summary>
    Move,

    /// <summary>Publish that a trial is an automatic connection.</summary>
    Promote,

    /// <summary>End the connection.</summary>
    Close,

    /// <summary>Publish that a request was not dialled.</summary>
    NotDialed,

    /// <summary>Publish that a request has left the tables.</summary>
    End,

    /// <summary>Publish that a route does not answer any more.</summary>
    OutageStarted,

    /// <summary>Publish that a route answers again.</summary>
    OutageEnded,

    /// <summary>Publish that the source had nothing, or nothing that may be dialled, and is paused.</summary>
    SourceRests,
}

/// <summary>
/// One action for the shell. The factory of each kind takes the data of that kind. The documentation of each property lists the kinds that
/// have it; it throws for the others.
/// </summary>
internal readonly struct Effect
{
    private readonly object? _subject; // A Link, a Request, a Route or a text.
    private readonly object? _detail; // A DisconnectReason, or the name of a group.
    private readonly AttemptOutcome _outcome;

    private Effect(EffectKind kind, object? subject) => (Kind, _subject) = (kind, subject);

    private Effect(EffectKind kind, object? subject, in AttemptOutcome outcome)
        : this(kind, subject) => _outcome = outcome;

    private Effect(Link link, DisconnectReason reason)
        : this(EffectKind.Close, link) => _detail = reason;

    private Effect(Link link, string? from)
        : this(EffectKind.Move, link) => _detail = from;

    private Effect(ConnectionKind askedFor)
        : this(EffectKind.Ask, subject: null) => AskedFor = askedFor;

    public EffectKind Kind { get; }

    /// <summary>The kind of connection for which the source is asked: Ask.</summary>
    public ConnectionKind AskedFor { get; }

    /// <summary>The link: Dial, Handshake, Abort, Establish, Move, Promote, Close.</summary>
    public Link Link => _subject as Link ?? throw Missing(nameof(Link));

    /// <summary>The request: NotDialed, End, and all that have a link.</summary>
    public Request Request => _subject switch
    {
        Link link => link.Request,
        Request request => request,
        _ => throw Missing(nameof(Request)),
    };

    /// <summary>The way out: OutageStarted, OutageEnded.</summary>
    public Route Route => _subject as Route ?? throw Missing(nameof(Route));

    /// <summary>The outcome of an attempt: Abort, Establish, NotDialed, Report, ReportEnd.</summary>
    public AttemptOutcome Outcome => Kind is EffectKind.Abort or EffectKind.Establish or EffectKind.NotDialed or EffectKind.Report or EffectKind.ReportEnd
        ? _outcome
        : throw Missing(nameof(Outcome));

    /// <summary>The name of the group that the connection was in; null if there was none, or it is gone: Move.</summary>
    public string? From => Kind == EffectKind.Move ? _detail as string : throw Missing(nameof(From));

    /// <summary>The reason of the end: Close.</summary>
    public DisconnectReason Reason => _detail as DisconnectReason ?? throw Missing(nameof(Reason));

    /// <summary>The text for users: SourceRests.</summary>
    public string Text => _subject as string ?? throw Missing(nameof(Text));

    public static Effect Ask(ConnectionKind kind) => new(kind);

    public static Effect CancelAsk() => new(EffectKind.CancelAsk, subject: null);

    public static Effect Report(in AttemptOutcome outcome) => new(EffectKind.Report, subject: null, outcome);

    public static Effect ReportEnd(in AttemptOutcome outcome) => new(EffectKind.ReportEnd, subject: null, outcome);

    public static Effect Dial(Link link) => new(EffectKind.Dial, link);

    public static Effect Handshake(Link link) => new(EffectKind.Handshake, link);

    public static Effect Abort(Link link, in AttemptOutcome outcome) => new(EffectKind.Abort, link, outcome);

    public static Effect Establish(Link link, in AttemptOutcome outcome) => new(EffectKind.Establish, link, outcome);

    public static Effect Move(Link link, string? from) => new(link, from);

    public static Effect Promote(Link link) => new(EffectKind.Promote, link);

    public static Effect Close(Link link, DisconnectReason reason) => new(link, reason);

    public static Effect NotDialed(Request request, in AttemptOutcome outcome) => new(EffectKind.NotDialed, request, outcome);

    public static Effect End(Request request) => new(EffectKind.End, request);

    public static Effect OutageStarted(Route route) => new(EffectKind.OutageStarted, route);

    public static Effect OutageEnded(Route route) => new(EffectKind.OutageEnded, route);

    public static Effect SourceRests(string reason) => new(EffectKind.SourceRests, reason);

    private InvalidOperationException Missing(string property) => new($"An effect of kind {Kind} has no {property}.");
}
