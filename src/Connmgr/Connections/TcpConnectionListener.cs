namespace Connmgr;

/// <summary>Stub.</summary>
public sealed class TcpConnectionListener
{
}
