namespace Connmgr.Rules;

/// <summary>What the shell is to do, and what comes with it.</summary>
internal enum EffectKind
{
    /// <summary>Ask the source for an address (for a one-off, when so).</summary>
    Ask,

    /// <summary>Cancel the call to the source.</summary>
    CancelAsk,

    /// <summary>Tell the source how an address of its ended (outcome).</summary>
    Report,

    /// <summary>Tell the source of the end of an automatic connection (outcome).</summary>
    ReportEnd,

    /// <summary>Begin to dial (link).</summary>
    Dial,

    /// <summary>Begin the handshake (link).</summary>
    Handshake,

    /// <summary>The attempt failed or was given up: cancel what runs, dispose what is open (link, outcome).</summary>
    Abort,

    /// <summary>Hand the connection over (link, outcome).</summary>
    Establish,

    /// <summary>End the connection (link, reason).</summary>
    Close,

    /// <summary>The request was not dialled (request, outcome).</summary>
    NotDialed,

    /// <summary>The request is gone from the tables (request).</summary>
    End,

    /// <summary>A route began to probe (text), or stopped to.</summary>
    OutageBegan,

    /// <inheritdoc cref="OutageBegan"/>
    OutageEnded,

    /// <summary>The source had nothing, or nothing that may be dialled, and rests.</summary>
    SourceRests,
}

/// <summary>One thing for the shell to do.</summary>
internal readonly record struct Effect(EffectKind Kind)
{
    public Link? Link { get; init; }

    public Request? Request { get; init; }

    public AttemptOutcome Outcome { get; init; }

    public DisconnectReason? Reason { get; init; }

    public string? Text { get; init; }

    public bool ForOneOff { get; init; }
}
