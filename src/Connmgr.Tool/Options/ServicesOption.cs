using System.CommandLine;
using System.Globalization;

namespace Connmgr.Tool;

/// <summary><c>--services</c>: service bits in hexadecimal, with or without 0x.</summary>
internal sealed class ServicesOption : Option<ulong?>
{
    /// <summary>NODE_NETWORK and NODE_WITNESS.</summary>
    public const ulong Default = 9;

    public ServicesOption()
        : base("--services")
    {
        Description = "The service bits that peers must offer (default 9: full blocks, with witnesses). 0 looks up the plain names.";
        HelpName = "HEX";
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            var digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text;
            if (ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var services))
                return services;
            result.AddError($"--services is '{text}': use up to 16 hexadecimal digits, such as --services 409.");
            return null;
        };
    }
}
