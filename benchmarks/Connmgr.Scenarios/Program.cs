using Connmgr.Scenarios;

if (!CommandLine.TryParse(args, out var commandLine, out var error))
{
    await Console.Error.WriteLineAsync(error);
    await Console.Error.WriteLineAsync(CommandLine.Usage);
    return 2;
}

switch (commandLine.Command)
{
    case Command.List:
        foreach (var scenario in Catalog.Matching(commandLine.Pattern))
            Console.WriteLine(scenario.Name);
        return 0;

    case Command.Measure:
        Lifeline.EndWithParent();
        await Catalog.Named(commandLine.Name).MeasureAsync(commandLine.FirstRun, commandLine.Runs ?? 1, Console.Out);
        return 0;

    case Command.Role:
        await RoleTable.RunAsync(commandLine.Name, commandLine.RoleArguments);
        return 0;

    default:
        return await new Runner(Console.Out, Console.Error).RunAsync(Catalog.Matching(commandLine.Pattern), commandLine.Runs) ? 0 : 1;
}
