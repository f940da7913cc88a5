namespace Connmgr;

/// <summary>The instructions of an AS map, by their codes.</summary>
internal enum AsMapInstruction
{
    /// <summary>Ends with the number that follows.</summary>
    Return = 0,

    /// <summary>Consumes a bit of the address; if it is set, skips as many bits of the program as the number that follows.</summary>
    Jump = 1,

    /// <summary>Consumes bits of the address; if they differ from those that follow, ends with the default.</summary>
    Match = 2,

    /// <summary>Sets the default to the number that follows.</summary>
    Default = 3,
}
