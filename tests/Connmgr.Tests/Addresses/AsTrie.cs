namespace Connmgr.Tests.Addresses;

/// <summary>Autonomous systems by prefixes that do not overlap, in the plainest form; and as an AS map.</summary>
internal sealed class AsTrie
{
    private AsTrie? _zero;
    private AsTrie? _one;
    private uint _number;

    private bool IsEmpty => _zero is null && _one is null && _number == 0;

    /// <summary>Adds a prefix, unless it overlaps one that is there.</summary>
    public void Add(ReadOnlySpan<bool> prefix, uint number)
    {
        if (_number != 0)
            return;
        if (prefix.IsEmpty)
        {
            if (IsEmpty)
                _number = number;
            return;
        }

        (prefix[0] ? _one ??= new() : _zero ??= new()).Add(prefix[1..], number);
    }

    public uint Find(ReadOnlySpan<bool> address)
    {
        var node = this;
        foreach (var bit in address)
        {
            if (node._number != 0)
                break;
            if ((bit ? node._one : node._zero) is not { } next)
                return 0;
            node = next;
        }

        return node._number;
    }

    public AsMapAssembler Encode(AsMapAssembler? map = null)
    {
        map ??= new();
        var run = "";
        var node = this;
        while (node._number == 0 && (node._zero is null || node._one is null))
        {
            run += node._one is null ? '0' : '1';
            node = node._one ?? node._zero ?? throw new InvalidOperationException("An empty trie has no code.");
        }

        for (; run.Length > 0; run = run[Math.Min(8, run.Length)..])
            map.Match(run[..Math.Min(8, run.Length)]);
        return node._number != 0 ? map.Return(node._number) : node._one!.Encode(map.Jump(node._zero!.Encode()));
    }
}
