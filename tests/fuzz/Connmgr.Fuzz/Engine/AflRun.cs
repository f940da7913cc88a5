using SharpFuzz;

namespace Connmgr.Fuzz;

/// <summary>Lets afl-fuzz drive a target, through SharpFuzz.</summary>
internal static class AflRun
{
    public static int Run(FuzzTarget target)
    {
        var oracle = new Oracle(target);
        var buffer = new byte[1 << 20];
        Fuzzer.Run(stream =>
        {
            var length = 0;
            for (int read; (read = stream.Read(buffer, length, buffer.Length - length)) > 0;)
                length += read;
            oracle.Check(buffer.AsMemory(0, length));
        });
        return 0;
    }
}
