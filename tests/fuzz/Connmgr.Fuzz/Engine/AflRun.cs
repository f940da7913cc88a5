using SharpFuzz;
using SharpFuzz.Common;

namespace Connmgr.Fuzz;

/// <summary>Lets afl-fuzz drive a target, through SharpFuzz.</summary>
internal static unsafe class AflRun
{
    public static int Run(FuzzTarget target)
    {
        var oracle = new Oracle(target);
        var buffer = new byte[1 << 20];
        Fuzzer.Run(stream =>
        {
            Trace.SharedMem[0] = 1; // AFL++ refuses an input that takes no branch of the instrumented assemblies.
            var length = 0;
            for (int read; (read = stream.Read(buffer, length, buffer.Length - length)) > 0;)
                length += read;
            oracle.Check(buffer.AsMemory(0, length));
        });
        return 0;
    }
}
