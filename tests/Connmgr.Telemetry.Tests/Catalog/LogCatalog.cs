namespace Connmgr.Telemetry.Tests.Catalog;

/// <summary>The log events of the reference page. A new event takes the next free id of its area's block; the id of a removed one goes to <see cref="Retired"/> and is never reused.</summary>
internal static class LogCatalog
{
    private const string Warned = "Each kind of warning at most once in 30 s; the others meanwhile at Debug.";

    public static IReadOnlyList<LogBlock> Blocks { get; } =
    [
        new(100, "Connections"), new(200, "Addresses"), new(300, "Seeding"), new(400, "Network and data directory"), new(500, "Proxies and Tor"), new(600, "Banning"),
        new(700, "Hosting"), new(800, "Tool"),
    ];

    /// <summary>The ids of removed events.</summary>
    public static IReadOnlyList<int> Retired { get; } = [];

    public static IReadOnlyList<LogMeaning> Meanings { get; } =
    [
        new(100, "Stopping", "A manager begins to stop."),
        new(101, "Stopped", "Everything of a manager has ended."),
        new(102, "LoopFailed", "A defect of Connmgr. The manager no longer works and `Completion` has failed: create a new one, and report this."),
        new(103, "NetworkChangesNotObserved", "A sandbox without netlink sockets, for example. Call `NotifyNetworkChanged` when your program detects a change."),
        new(104, "TooFewDescriptors", "`MaxInbound` and the hedged dials were lowered. Raise the limit of open files."),
        new(110, "Established", "A connection is passed to its handler.", "Debug."),
        new(111, "Closed", "A connection has ended, with the reason.", "Debug."),
        new(112, "AttemptFailed", "An attempt made no connection; includes inbound handshakes.", "Debug."),
        new(113, "Refused", "An inbound connection was refused.", "Debug, and at most 10 a second after a burst of 100."),
        new(114, "ManyRefused", "There are too many refusals for a line each: a flood, or limits that are too low.", "Once a minute."),
        new(115, "Moved", "A connection is in another group than before, to fill a place there, or a trial has become automatic.", "Debug."),
        new(120, "HandlerFailed", "A handler threw. At Debug when a peer or the network causes it (IOException, SocketException, cancellation), otherwise a defect of the handler.", Warned),
        new(121, "ShortHandler", "A handler returned at once, which ended its connection; this differs from Go.", "Once."),
        new(122, "CallbackFailed", "The program's code (a gate, a source, a stream) threw. The answer counts as no.", Warned),
        new(130, "AcceptFailed", "A listener cannot accept, for lack of descriptors for example. It tries again, with growing delays.", "Once in 30 s for each listener."),
        new(131, "EndPointsFailed", "A peer had disconnected before its address was read.", "Debug."),
        new(140, "OutageStarted", "25 attempts in a row got no answer on a route.", "Once per change; it takes 25 attempts, which are paced."),
        new(141, "OutageEnded", "There was an answer, or the system's network changed.", "Once per change, like the one before."),
        new(150, "SourceRests", "The address source has no address that may be dialled."),
        new(151, "SourceFailed", "The address source threw."),
        new(300, "DnsSeedAnswered", "A DNS seed returned addresses."),
        new(301, "DnsSeedFailed", "A DNS seed could not be looked up: no network, no DNS, or the seed no longer exists."),
        new(302, "DnsSeedTimedOut", "A DNS seed did not answer."),
        new(303, "DnsSeedCallbackFailed", "`OnSeed` threw."),
        new(310, "SeedPeerAnswered", "A seed node, or a DNS seed asked through a proxy, returned addresses."),
        new(311, "SeedPeerFailed", "A seed node returned none, with the reason.", "Seeds are asked by a timetable, regardless of their behaviour."),
        new(312, "FixedSeedsTaken", "The last resort: there was no address of these networks."),
        new(313, "SeedingCallbackFailed", "A callback of the seeding threw."),
        new(314, "SeedingEnded", "There are enough addresses and peers: no more seeds are asked."),
        new(315, "KnownPeerFailed", "A known peer, asked for addresses while there is no peer with the required services, returned none."),
        new(400, "FileSetAside", "A file of the data directory was damaged. It was renamed, and a new one begins."),
        new(401, "AnchorsDropped", "Peers that may crash the program are no longer dialled first."),
        new(402, "NotSaved", "The disk is full or read-only, for example. News since the last save is lost if the program ends now."),
        new(403, "PartFailed", "A defect of Connmgr. The network continues without this part: restart it, and report this."),
        new(404, "PolicyDial", "A connection in addition to the target: a feeler, or one to a network without a peer."),
        new(405, "DirectoryOpened", "The content of the data directory was read."),
        new(406, "BansDropped", "Entries of banlist.json were invalid."),
        new(407, "LostAtEnd", "The disk is full or read-only, for example, and the network has stopped: `PeerNetworkStatistics.LostChanges` has the same."),
        new(408, "PeersMissing", "Peers are missing and will not appear without help; the message has the reasons.", "Each reason once, until nothing is missing."),
        new(409, "NoPeersMissing", "After 408: nothing is missing any more."),
        new(410, "PeerSlowed", "A peer sends messages without a reader, as fast as they are discarded. It is read at a bounded pace, and costs nothing else: ban it if you like.", "One line in 10 minutes, with the number of the others."),
        new(411, "Quarantined", "A peer left early, timed out or lacked services that its address promised. Its address rests, longer each time."),
        new(412, "QuarantineNotRead", "The file of the quarantine was written by a later version. The run starts with an empty quarantine and leaves the file alone."),
        new(413, "PeerReplaced", "A trial took the place of an automatic peer: ReplaceAsync, RotateAsync, or the upgrade when it has found a clearly better one."),
        new(414, "OnlyTransportV1", "The system lacks what the encrypted transport (BIP324) needs; the message has the reason. All connections are unencrypted.", "Once."),
        new(415, "TransportFallback", "A peer ended the connection instead of answering the encrypted transport, as one of v1 does. It is dialled again at once."),
        new(416, "UpgradeFailed", "`PeerNetworkOptions.GetRating` threw an exception. The upgrade goes on at its next time."),
        new(417, "ExternalAddressAdded", "An address at which others can reach this node has become known, with its sources."),
        new(418, "ExternalAddressRemoved", "An address at which others could reach this node is gone: with its interface, port mapping or onion service."),
        new(500, "TorConnected", "The control port of Tor is reached."),
        new(501, "TorFailed", "The control port of Tor is not reached, or refuses. The controller tries again until it succeeds."),
        new(502, "TorStillFailed", "The same failure, again."),
        new(503, "OnionServed", "Tor serves the onion service at this address."),
        new(504, "OnionKeyNotSaved", "The onion service has another address after a restart."),
        new(505, "OnionKeyDamaged", "The key was renamed, and a new one created: the service has another address."),
        new(506, "TorCallbackFailed", "`OnChanged` threw."),
        new(507, "OnionTargetNotReachable", "The onion service is unreachable until its target is an address that Tor's machine can reach (OnionTarget).", "Once for each target."),
        new(600, "BanListNotWritten", "The bans are in force, but would be lost at the end of the program.", "Once for consecutive failures: bans of misbehaving peers trigger writes."),
        new(601, "BansLost", "The list was closed while its file could not be written: the next start has the bans of the last successful write."),
        new(700, "HostedStarted", "The host has started a network or manager."),
        new(701, "HostedNotStarted", "A listener's address is in use, a data directory is in use, or settings are invalid: the message has the reason."),
        new(702, "HostedStopped", "It has ended with the host."),
        new(703, "HostedStopCutShort", "A handler did not return in time; the message names what is left. Raise the host's shutdown time, or let handlers observe their token."),
        new(704, "HostedStoppedByItself", "Other code than the host stopped it."),
        new(705, "SettingsChanged", "The configuration has changed, and these settings are in force."),
        new(706, "SettingsChangedTooLate", "These settings need a restart."),
        new(707, "SettingsNotValid", "The changed configuration is invalid; the message has the errors."),
        new(708, "SettingsNotTakenUp", "The configuration has changed, and a defect or the end of the network prevented its application."),
        new(709, "SectionMissing", "Usually, a name in the program or in appsettings.json is wrong."),
    ];
}
