namespace Connmgr.Tool;

/// <summary>The networks that <c>--network</c> knows, written there in lower case.</summary>
internal enum NetworkName
{
    Sandbox,
    Regtest,
    Signet,
    Testnet4,
    Mainnet,
}
