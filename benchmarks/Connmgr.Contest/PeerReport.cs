using System.Net;

namespace Connmgr.Contest;

/// <summary>Writes the peers of a contender: "start TIME", then "+ TIME ADDRESS" and "- TIME ADDRESS", in nanoseconds of the monotonic clock. Thread-safe.</summary>
internal sealed class PeerReport
{
    private readonly TextWriter _output;

    public PeerReport(TextWriter output)
    {
        _output = TextWriter.Synchronized(output);
        _output.WriteLine(FormattableString.Invariant($"start {Now}"));
    }

    private static long Now => TimeProvider.System.GetTimestamp() * (1_000_000_000 / TimeProvider.System.TimestampFrequency);

    public void Joined(EndPoint peer) => Write('+', peer);

    public void Left(EndPoint peer) => Write('-', peer);

    private void Write(char change, EndPoint peer)
    {
        if (peer is IPEndPoint { Address: var address })
            _output.WriteLine(FormattableString.Invariant($"{change} {Now} {(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}"));
    }
}
