using System.Runtime.InteropServices;

namespace Connmgr.Rules;

/// <summary>The facts that the rules of seeding depend on.</summary>
/// <param name="Now">The time since the seeding began.</param>
/// <param name="Addresses">The addresses in the book, of reachable networks.</param>
/// <param name="EmptyNetworks">The reachable networks of which the book has no address.</param>
/// <param name="Outbound">The outbound peers whose handshake is complete.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SeedingView(TimeSpan Now, int Addresses, AddressNetworks EmptyNetworks, int Outbound);
