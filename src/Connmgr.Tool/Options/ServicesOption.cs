using System.CommandLine;
using System.Globalization;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary><c>--services</c> of <c>connmgr seed</c>: services in words, as for a run, or in hexadecimal, with or without 0x.</summary>
internal sealed class ServicesOption : Option<ulong?>
{
    /// <summary>NODE_NETWORK and NODE_WITNESS.</summary>
    public const ulong Default = 9;

    public ServicesOption()
        : base("--services")
    {
        Description = "The services that peers must offer: network, bloom, witness, filters, limited, v2 or bits such as 0x40, with + between them, or all bits in "
            + "hexadecimal (default 9, which is network+witness: full blocks, with witnesses). 0 looks up the plain names.";
        HelpName = "WORD+WORD|HEX";
        CompletionSources.Add("network+witness", "limited+witness", "network+witness+filters", "network+witness+v2", "0");
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var bits))
                return bits;
            if (ServiceWords.TryParse(text, out var services, out var error))
                return (ulong)services;
            result.AddError($"--services is '{text}': {error}; or up to 16 hexadecimal digits, such as --services 409.");
            return null;
        };
    }
}
