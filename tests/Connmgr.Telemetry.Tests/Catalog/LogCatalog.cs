namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The log events, as the reference page has them. A new event takes the next free id of its area's block; the id of one that is gone goes to <see cref="Retired"/>, and is never used again.</summary>
internal static class LogCatalog
{
    private const string Warned = "Each kind of warning at most once in 30 s, the others in between at Debug.";

    public static IReadOnlyList<LogBlock> Blocks { get; } =
    [
        new(100, "Connections"), new(200, "Addresses"), new(300, "Seeding"), new(400, "Network and data directory"), new(500, "Proxies and Tor"), new(600, "Banning"),
        new(700, "Hosting"), new(800, "Tool"),
    ];

    /// <summary>The ids of events that there are no more.</summary>
    public static IReadOnlyList<int> Retired { get; } = [];

    public static IReadOnlyList<LogMeaning> Meanings { get; } =
    [
        new(100, "Stopping", "A manager begins to stop."),
        new(101, "Stopped", "Everything of a manager has ended."),
        new(102, "LoopFailed", "A defect of Connmgr. The manager decides nothing any more and `Completion` has failed: make a new one, and report this."),
        new(103, "NetworkChangesNotObserved", "A sandbox without netlink sockets, for example. Call `NotifyNetworkChanged` if the program knows better."),
        new(104, "TooFewDescriptors", "`MaxInbound` and the hedged dials were lowered. Raise the limit of open files."),
        new(110, "Established", "A connection is handed to its handler.", "Debug."),
        new(111, "Closed", "A connection has ended, and why.", "Debug."),
        new(112, "AttemptFailed", "An attempt gave no connection; inbound handshakes included.", "Debug."),
        new(113, "Refused", "An inbound connection was refused.", "Debug, and 10 a second at most after a burst of 100."),
        new(114, "ManyRefused", "There are more refusals than are told one by one: a flood, or limits that are too low.", "Once a minute."),
        new(120, "HandlerFailed", "A handler threw. At Debug when it is what a peer or the network causes (IOException, SocketException, cancellation), else a defect of the handler.", Warned),
        new(121, "ShortHandler", "A handler returned at once, which ended its connection; those who come from Go expect otherwise.", "Once."),
        new(122, "CallbackFailed", "Code of the program's (a gate, a source, a stream) threw. What was asked of it is taken for no.", Warned),
        new(130, "AcceptFailed", "A listener can't accept, for lack of descriptors for example. It is tried again with growing pauses.", "Once in 30 s for each listener."),
        new(131, "EndPointsFailed", "A peer was gone before its address was read.", "Debug."),
        new(140, "OutageBegan", "25 attempts in a row got no answer on a route.", "Told when it changes; it takes 25 attempts, which are paced."),
        new(141, "OutageEnded", "There was an answer, or the system's network changed.", "Told when it changes, as the one before."),
        new(150, "SourceRests", "The address source has nothing that may be dialled."),
        new(151, "SourceFailed", "The address source threw."),
        new(300, "DnsSeedAnswered", "A DNS seed gave addresses."),
        new(301, "DnsSeedFailed", "A DNS seed could not be looked up: no network, no DNS, or the seed is gone."),
        new(302, "DnsSeedTimedOut", "A DNS seed did not answer."),
        new(303, "DnsSeedCallbackFailed", "`OnSeed` threw."),
        new(310, "SeedPeerAnswered", "A seed node, or a DNS seed asked through a proxy, gave addresses."),
        new(311, "SeedPeerFailed", "A seed node gave none, and why.", "Seeds are asked by a timetable, whatever they do."),
        new(312, "FixedSeedsTaken", "The last resort: there was no address of these networks."),
        new(313, "SeedingCallbackFailed", "A callback of the seeding threw."),
        new(314, "SeedingEnded", "There are enough addresses and peers: no seed is asked any more."),
        new(315, "KnownPeerFailed", "A known peer, asked for addresses while none with the required services is found, gave none."),
        new(400, "FileSetAside", "A file of the data directory was damaged; it was renamed, and a new one begun."),
        new(401, "AnchorsDropped", "Peers that might crash the program are not dialled first any more."),
        new(402, "NotSaved", "The disk is full or read-only, for example. What was learnt since the last time is lost if the program ends now."),
        new(403, "PartFailed", "A defect of Connmgr. The network goes on without the part: restart it, and report this."),
        new(404, "PolicyDial", "A connection beside the wanted number: a feeler, or one to a network without a peer."),
        new(405, "DirectoryOpened", "What the data directory gave."),
        new(406, "BansDropped", "Entries of banlist.json were no bans."),
        new(407, "LostAtEnd", "The disk is full or read-only, for example, and the network has stopped: `PeerNetworkStatistics.Lost` has the same."),
        new(408, "PeersMissing", "Which peers are missing and why, when waiting alone does not help.", "Each reason once, until nothing is missing."),
        new(409, "NoPeersMissing", "After 408: nothing is missing any more."),
        new(410, "PeerSlowed", "A peer sends messages that nobody reads, as fast as they are taken. It is read at a bounded pace, and takes no other effort: ban it if you like.", "One line in 10 minutes, with the number of the others."),
        new(500, "TorConnected", "The control port of Tor is reached."),
        new(501, "TorFailed", "The control port of Tor is not reached, or refuses. Tried again until it works."),
        new(502, "TorStillFailed", "The same, again."),
        new(503, "OnionServed", "Tor serves our onion service at this address."),
        new(504, "OnionKeyNotSaved", "The onion service has another address after a restart."),
        new(505, "OnionKeyDamaged", "The key was set aside, and a new one begun: the service has another address."),
        new(506, "TorCallbackFailed", "`OnChanged` threw."),
        new(507, "OnionTargetNotReachable", "Nobody reaches the onion service, until its target is an address that Tor's machine reaches (OnionTarget).", "Once for each target."),
        new(600, "BanListNotWritten", "The bans hold, but would be lost at the end of the program.", "Once for failures in a row: bans that peers earn set writings off."),
        new(601, "BansLost", "The list was closed while its file could not be written: the next start has the bans of the last time it could be."),
        new(700, "HostedStarted", "The host has started a network or manager."),
        new(701, "HostedNotStarted", "An address to listen on is taken, a data directory in use, or settings are not valid: the message says which."),
        new(702, "HostedStopped", "It has ended with the host."),
        new(703, "HostedStopCutShort", "A handler did not return in time; the message names what is left. Raise the host's shutdown time, or see to it that handlers obey their token."),
        new(704, "HostedStoppedByItself", "Somebody other than the host stopped it."),
        new(705, "SettingsChanged", "The configuration was changed, and these settings taken up."),
        new(706, "SettingsChangedTooLate", "These settings need a restart."),
        new(707, "SettingsNotValid", "The configuration was changed to something that is not valid; the errors are named."),
        new(708, "SettingsNotTakenUp", "The configuration was changed, and a defect or the end of the network kept it from being taken up."),
        new(709, "SectionMissing", "A name in the program or in appsettings.json is wrong, as a rule."),
    ];
}
