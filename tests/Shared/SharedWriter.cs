using System.Text;

namespace Connmgr;

/// <summary>Keeps what a run writes, for those who read it meanwhile: a StringWriter alone is not to be read while it is written.</summary>
#pragma warning disable CA1852 // Each project has this type; in Connmgr.Tool.Tests there is one that derives from it.
internal class SharedWriter : StringWriter
#pragma warning restore CA1852
{
    private readonly Lock _lock = new();

    public sealed override Encoding Encoding => Encoding.UTF8;

    public sealed override void Write(char value)
    {
        lock (_lock)
            base.Write(value);
    }

    public override void Write(string? value)
    {
        lock (_lock)
            base.Write(value);
    }

    public sealed override void Write(char[] buffer, int index, int count)
    {
        lock (_lock)
            base.Write(buffer, index, count);
    }

    public sealed override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_lock)
            base.Write(buffer);
    }

    public sealed override string ToString()
    {
        lock (_lock)
            return base.ToString();
    }
}
