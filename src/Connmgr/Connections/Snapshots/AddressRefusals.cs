using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>Counts addresses of the source that were refused for one cause.</summary>
/// <param name="Cause">The cause, as <see cref="CandidateRequest.RefusalOf"/> gives it.</param>
/// <param name="Count">The number of addresses; one that was looked at several times counts as often.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AddressRefusals(ConnectFailureCause Cause, int Count);
