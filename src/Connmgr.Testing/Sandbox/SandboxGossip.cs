using System.Buffers.Binary;

namespace Connmgr.Testing;

/// <summary>Encodes the announcements of sandbox peers: blocks.</summary>
internal static class SandboxGossip
{
    /// <summary>The inventory type of a block.</summary>
    private const int BlockType = 2;

    /// <summary>Encodes the payload of an inv for one block.</summary>
    public static byte[] EncodeBlock(SandboxTip tip, int height)
    {
        var payload = new byte[1 + sizeof(int) + 32];
        payload[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(1), BlockType);
        tip.WriteHash(height, payload.AsSpan(1 + sizeof(int)));
        return payload;
    }
}
