using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Connmgr;

/// <summary>The permissions and directions before the @ of an <see cref="AllowedRange"/>, in Bitcoin Core's words.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PermissionWords(ConnectionPermissions Permissions, bool IsInbound, bool IsOutbound)
{
    /// <summary>Ordered as Bitcoin Core lists them.</summary>
    private static readonly (string Word, ConnectionPermissions Permission)[] Words =
    [
        ("bloomfilter", ConnectionPermissions.BloomFilter),
        ("noban", ConnectionPermissions.NoBan),
        ("forcerelay", ConnectionPermissions.ForceRelay),
        ("relay", ConnectionPermissions.Relay),
        ("mempool", ConnectionPermissions.Mempool),
        ("download", ConnectionPermissions.Download),
        ("addr", ConnectionPermissions.Addr),
    ];

    /// <summary>Reads permissions and directions separated by commas. Empty words are skipped, as in Bitcoin Core.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PermissionWords words, [NotNullWhen(false)] out string? error)
    {
        words = default;
        foreach (var part in text.Split(','))
        {
            var word = text[part];
            if (word is "in")
                words = words with { IsInbound = true };
            else if (word is "out")
                words = words with { IsOutbound = true };
            else if (TryPermission(word, out var permission))
                words = words with { Permissions = words.Permissions | permission };
            else if (!word.IsEmpty)
            {
                error = $"'{word}' is no permission: use bloomfilter, relay, forcerelay, noban, mempool, download, addr or all, and in or out for the direction.";
                return false;
            }
        }

        if (words is { Permissions: ConnectionPermissions.None } and not { IsInbound: false, IsOutbound: false })
        {
            error = $"'{text}' names a direction and no permission: add one, such as noban,{text}.";
            return false;
        }

        error = null;
        if (!words.IsOutbound)
            words = words with { IsInbound = true };
        return true;
    }

    public override string ToString()
    {
        var all = this;
        IEnumerable<string> words = Words.Where(word => all.Permissions.HasFlag(word.Permission)).Select(static word => word.Word);
        if (all.IsOutbound)
            words = words.Append("out");
        if (all is { IsOutbound: true, IsInbound: true })
            words = words.Append("in");
        return string.Join(',', words);
    }

    private static bool TryPermission(ReadOnlySpan<char> word, out ConnectionPermissions permission)
    {
        permission = word switch
        {
            "all" => ConnectionPermissions.All,
            "bloom" => ConnectionPermissions.BloomFilter,
            _ => ConnectionPermissions.None,
        };
        foreach (var (name, value) in Words)
        {
            if (word.SequenceEqual(name))
                permission = value;
        }

        return permission != ConnectionPermissions.None;
    }
}
