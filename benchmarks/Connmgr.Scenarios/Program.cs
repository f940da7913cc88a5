using Connmgr.Scenarios;

// connmgr scenarios: one line a figure, "name value unit min=… max=… n=…". --list names them, --only TEXT runs those whose name contains it.
Scenario[] scenarios =
[
    .. SandboxFill.All,
    .. InstantFill.All,
    Churn.Disconnect,
    .. Refusal.All,
];

string? only = null;
switch (args)
{
    case []:
        break;
    case ["--list"]:
        foreach (var scenario in scenarios)
            Console.WriteLine(scenario.Name);
        return 0;
    case ["--only", var text]:
        only = text;
        break;
    default:
        await Console.Error.WriteLineAsync("usage: Connmgr.Scenarios [--list | --only TEXT]");
        return 2;
}

foreach (var scenario in scenarios)
{
    if (only is null || scenario.Name.Contains(only, StringComparison.Ordinal))
        await scenario.RunAsync(Console.Out);
}

return 0;
