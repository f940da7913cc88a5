namespace Connmgr.Interop;

/// <summary>bitcoind's answer to a call that it refused.</summary>
internal sealed class BitcoindRpcException(string method, int code, string message)
    : Exception($"bitcoind refused {method}: {message} ({code})")
{
    /// <summary>bitcoind's error code, such as -28 while it is starting.</summary>
    public int Code { get; } = code;
}
