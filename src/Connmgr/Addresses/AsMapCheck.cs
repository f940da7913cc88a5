namespace Connmgr;

/// <summary>
/// Checks that an AS map is one that the encoder can produce: every path ends in a number within 128 bits of input, jumps nest, and no
/// instruction is unreachable or redundant. The rules are those of Bitcoin Core, so that both accept the same files.
/// </summary>
internal static class AsMapCheck
{
    private const int InputBits = 128;
    private const int FullMatch = 8;
    private const int MaxPadding = 7;

    /// <summary>Finds the first fault and its bit position; null if the map is valid.</summary>
    public static string? FindFault(AsMapProgram program)
    {
        // The targets of jumps, innermost last, and the bits of input that remain there. Each jump consumes a bit, so there are never more.
        var jumps = new Stack<(int Target, int Left)>(InputBits);
        var left = InputBits;
        var previous = AsMapInstruction.Jump;
        var hadPartialMatch = false;
        for (var position = 0; position < program.Length;)
        {
            var start = position;
            if (jumps.TryPeek(out var next) && start >= next.Target)
                return Invariant($"a jump targets the inside of the instruction before bit {start}");
            if (!program.TryReadInstruction(ref position, out var instruction))
                return CutShort(start);
            uint value;
            switch (instruction)
            {
                case AsMapInstruction.Return:
                    if (previous == AsMapInstruction.Default)
                        return Invariant($"the default set before bit {start} has no effect");
                    if (!program.TryReadNumber(ref position, out _))
                        return CutShort(start);
                    if (!jumps.TryPop(out var target))
                        return FindFaultAfterEnd(program, position);
                    if (position != target.Target)
                        return Invariant($"the code at bit {position} cannot be reached");
                    left = target.Left;
                    instruction = AsMapInstruction.Jump;
                    break;
                case AsMapInstruction.Jump:
                    if (!program.TryReadJump(ref position, out value))
                        return CutShort(start);
                    if (value > program.Length - position)
                        return Invariant($"the jump at bit {start} targets a bit beyond the end");
                    if (left-- == 0)
                        return TooDeep(start);
                    var goal = position + (int)value;
                    if (jumps.TryPeek(out next) && goal >= next.Target)
                        return Invariant($"the jump at bit {start} crosses another");
                    jumps.Push((goal, left));
                    break;
                case AsMapInstruction.Match:
                    if (!program.TryReadMatch(ref position, out value))
                        return CutShort(start);
                    var length = AsMapProgram.GetMatchLength(value);
                    hadPartialMatch &= previous == AsMapInstruction.Match;
                    if (length < FullMatch && hadPartialMatch)
                        return Invariant($"the match at bit {start} is the second short one in a row of matches");
                    hadPartialMatch = length < FullMatch;
                    left -= length;
                    if (left < 0)
                        return TooDeep(start);
                    break;
                default:
                    if (previous == AsMapInstruction.Default)
                        return Invariant($"the default set before bit {start} has no effect");
                    if (!program.TryReadNumber(ref position, out _))
                        return CutShort(start);
                    break;
            }

            previous = instruction;
        }

        return program.Length == 0 ? "it is empty" : CutShort(program.Length);
    }

    private static string? FindFaultAfterEnd(AsMapProgram program, int position)
    {
        if (program.Length - position > MaxPadding)
            return Invariant($"the program ends at bit {position} and {program.Length - position} bits follow");
        return program.IsZeroFrom(position) ? null : Invariant($"the bits after the end, from {position} on, are not zero");
    }

    private static string CutShort(int position) => Invariant($"it ends within the instruction at bit {position}");

    private static string TooDeep(int position) =>
        Invariant($"the instruction at bit {position} needs more than the {InputBits} bits of an address");
}
