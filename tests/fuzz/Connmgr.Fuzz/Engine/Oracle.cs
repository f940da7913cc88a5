namespace Connmgr.Fuzz;

/// <summary>Gives inputs to a reader, and checks that each ends as the reader documents, within its memory. Not thread-safe.</summary>
internal sealed class Oracle(FuzzTarget target)
{
    private const int Kilobyte = 1024;

    /// <summary>The inputs that were taken.</summary>
    public long Taken { get; private set; }

    /// <summary>The inputs that were refused.</summary>
    public long Refused { get; private set; }

    /// <summary>The most memory that an input of less than a kilobyte took, in bytes.</summary>
    public long MostOfShort { get; private set; }

    /// <summary>The most memory that an input took for each of its bytes, of those of a kilobyte and more.</summary>
    public double MostPerByte { get; private set; }

    /// <summary>Reads an input.</summary>
    /// <returns>True if the reader took it.</returns>
    /// <exception cref="FuzzFailure">The reader broke a rule.</exception>
    public bool Check(ReadOnlyMemory<byte> input)
    {
        input = target.Prepare?.Invoke(input) ?? input;
        var result = Read(input, out var allocated);
        if (allocated > Allowed(input))
        {
            // What a reader does once for all, such as to fill a table, does not count.
            result = Read(input, out allocated);
            if (allocated > Allowed(input))
                throw new FuzzFailure(Invariant($"it allocates {allocated} bytes for an input of {input.Length}; {Allowed(input)} are allowed"));
        }

        if (input.Length >= Kilobyte)
            MostPerByte = Math.Max(MostPerByte, (double)allocated / input.Length);
        else
            MostOfShort = Math.Max(MostOfShort, allocated);
        if (result is null)
            Refused++;
        else
            Taken++;
        if (result is not null)
            Verify(result);
        return result is not null;
    }

    private long Allowed(ReadOnlyMemory<byte> input) => target.MemoryConstant + ((long)target.MemoryPerByte * input.Length);

    private object? Read(ReadOnlyMemory<byte> input, out long allocated)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        object? result;
        try
        {
            result = target.Read(input);
        }
        catch (FuzzFailure)
        {
            throw;
        }
        catch (Exception exception) when (target.IsDocumented(exception))
        {
            result = null;
        }
        catch (Exception exception)
        {
            throw new FuzzFailure($"it throws {exception.GetType().Name}, which is not documented: {exception.Message}", exception);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return result;
    }

    private void Verify(object result)
    {
        try
        {
            target.Check?.Invoke(result);
        }
        catch (Exception exception) when (exception is not FuzzFailure)
        {
            throw new FuzzFailure($"what it took throws {exception.GetType().Name} when it is used: {exception.Message}", exception);
        }
    }
}
