using System.Text.Json.Serialization;

namespace Connmgr;

/// <summary>Reasons why connections are missing: see <see cref="ConnectionShortage"/>.</summary>
[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<ShortageReasons>))]
public enum ShortageReasons
{
    /// <summary>No reason is known, except that connecting takes time.</summary>
    None = 0,

    /// <summary>The network is switched off by <see cref="ConnectionManager.SuspendAsync"/>.</summary>
    NetworkSuspended = 1,

    /// <summary>Automatic connections are wanted, and there is no source of addresses.</summary>
    NoAddressSource = 2,

    /// <summary>The source has no address.</summary>
    NoAddresses = 4,

    /// <summary>Addresses are known, but all are of unreachable networks.</summary>
    Unreachable = 8,

    /// <summary>Addresses are known, but none offers the required services.</summary>
    MissingServices = 16,

    /// <summary>Bans, discouragement or the gate exclude addresses.</summary>
    Excluded = 32,

    /// <summary>Addresses were tried a short time ago.</summary>
    RecentlyTried = 64,

    /// <summary>Addresses are in netgroups that have the maximum number of connections.</summary>
    NetgroupLimit = 128,

    /// <summary>Addresses are connected or being dialled already.</summary>
    DuplicateAddress = 256,

    /// <summary>A network does not answer.</summary>
    NetworkOutage = 512,

    /// <summary>The limit of all connections is below the wanted number.</summary>
    ConnectionLimit = 1024,

    /// <summary>Permanent connections are missing; the outcomes of their attempts contain the reasons.</summary>
    MissingPermanent = 2048,

    /// <summary>The I2P router has no session, so I2P addresses can't be dialled (<see cref="I2PState.Failure"/> has the reason).</summary>
    NoI2PSession = 4096,

    /// <summary>
    /// The source can't supply addresses now, because something that it depends on does not answer: for the members of a fleet, Redis
    /// (<see cref="IAddressSource.IsAvailable"/>).
    /// </summary>
    SourceUnavailable = 8192,
}
