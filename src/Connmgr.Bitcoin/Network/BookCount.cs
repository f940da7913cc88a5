using System.Runtime.InteropServices;

namespace Connmgr.Bitcoin;

/// <summary>How many addresses of one network an address book has.</summary>
/// <param name="Network">The network.</param>
/// <param name="New">Those that were only heard of.</param>
/// <param name="Tried">Those at which a peer was met.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BookCount(AddressNetwork Network, int New, int Tried);
