using System.Net;
using System.Runtime.InteropServices;

namespace Connmgr.Testing;

/// <summary>A host of a <see cref="SandboxNetwork"/>.</summary>
/// <param name="EndPoint">Its address.</param>
/// <param name="Kind">What it does.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SandboxHost(IPEndPoint EndPoint, SandboxHostKind Kind)
{
    /// <summary>Whether no connection to it can be made.</summary>
    public bool IsDead => Kind is SandboxHostKind.Swallowing or SandboxHostKind.Refusing or SandboxHostKind.Unreachable;
}
