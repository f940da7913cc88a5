namespace Connmgr;

/// <summary>The instructions of an AS map, by their codes.</summary>
internal enum AsMapInstruction
{
    /// <summary>Ends with the number that follows.</summary>
    Return = 0,

    /// <summary>Takes a bit of the address; when it is set, goes on as many bits further as the number that follows says.</summary>
    Jump = 1,

    /// <summary>Takes bits of the address; when they are not those that follow, ends with the default.</summary>
    Match = 2,

    /// <summary>Sets the default to the number that follows.</summary>
    Default = 3,
}
