namespace Connmgr;

/// <summary>
/// The ports of well-known services that Bitcoin nodes do not use. An attacker who gossips an address with such a port may want nodes to
/// connect to a mail server or a database, so automatic choices skip IPv4 and IPv6 addresses with these ports. The list is that of Bitcoin
/// Core (85 ports, PRs 23542 and 32826; it originates from the ports that browsers block).
/// </summary>
internal static class WellKnownServicePorts
{
    /// <summary>Determines whether a port is in the list.</summary>
    /// <param name="port">The port. Any number is allowed.</param>
    /// <returns>True if it is.</returns>
    public static bool Contains(int port) => port switch
    {
        // Small services, file transfer, shells, mail, names.
        1 or 7 or 9 or 11 or 13 or 15 or 17 or 19 or 20 or 21 or 22 or 23 or 25 or 37 or 42 or 43 or 53 => true,
        69 or 77 or 79 or 87 or 95 => true,
        101 or 102 or 103 or 104 or 109 or 110 or 111 or 113 or 115 or 117 or 119 or 123 or 135 or 137 or 139 or 143 or 161 or 179 => true,

        // Directories, printers, remote execution, news, mail.
        389 or 427 or 465 or 512 or 513 or 514 or 515 or 526 or 530 or 531 or 532 or 540 or 548 or 554 or 556 or 563 or 587 => true,
        601 or 636 or 989 or 990 or 993 or 995 => true,

        // H.323, PPTP, NFS, MySQL, remote desktops, telephony, PostgreSQL, X11, scanners, chat, backups, MongoDB.
        1719 or 1720 or 1723 or 2049 or 3306 or 3389 or 3659 or 4045 or 5060 or 5061 or 5432 or 5900 or 6000 or 6566 => true,
        (>= 6665 and <= 6669) or 6697 or 10080 or 27017 => true,
        _ => false,
    };
}
