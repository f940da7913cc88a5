using System.CommandLine;
using Connmgr.Bitcoin;

namespace Connmgr.Tool;

/// <summary><c>--services</c> of <c>connmgr run</c>: the services that the run offers to peers, in words or bits.</summary>
internal sealed class OfferedServicesOption : Option<NodeServices>
{
    public OfferedServicesOption()
        : base("--services")
    {
        Description = "The services to offer to peers: network, bloom, witness, filters, limited or bits such as 0x40 (default none); v2 is added when the run speaks it. "
            + "Each is a promise to answer requests, which a run does not do.";
        HelpName = "WORD+WORD";
        CompletionSources.Add("none", "network", "witness", "network+witness", "limited+witness", "filters", "bloom");
        CustomParser = result =>
        {
            var text = OptionToken.Get(result);
            if (!ServiceWords.TryParse(text, out var services, out var error))
                result.AddError($"{Name} is '{text}': {error}; or {ServiceWords.None}.");
            return services;
        };
    }
}
