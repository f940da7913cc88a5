using Connmgr.Simulation;

if (CommandLine.TryParse(args) is not { } options)
{
    await Console.Error.WriteLineAsync(CommandLine.Usage);
    return 2;
}

var time = TimeProvider.System;
var began = time.GetTimestamp();
var (restarts, seeds, fill) = (new RestartsReport(), new SeedsReport(), new FillReport());
for (var run = 0; run < options.Runs; run++)
{
    var world = new World(options.World, options.Seed + run);
    if (options.Wants("odds"))
        restarts.RunOdds(world);
    if (options.Wants("variants"))
        restarts.RunVariants(world);
    if (options.Wants("seeds"))
        seeds.Run(world);
    if (options.Wants("fill"))
        fill.Run(options.World, options.Seed + run);
    if ((run + 1) % 10 != 0 && run + 1 != options.Runs)
        continue;

    // What is finished is written, so that a long run may be stopped.
    Console.WriteLine(Invariant($"{run + 1} of {options.Runs} runs, {time.GetElapsedTime(began).TotalSeconds:0} s"));
    await WriteAsync(isLast: run + 1 == options.Runs);
}

if (restarts.Runs > 0)
{
    var days = restarts.Runs * RestartsExperiment.End.TotalDays;
    Console.WriteLine(Invariant($"{Environment.CpuUsage.TotalTime.TotalSeconds / days:0.00} s of CPU for each day of a victim, with all that is around it."));
}

return 0;

async Task WriteAsync(bool isLast)
{
    List<(string File, string Content)> files = [];
    if (options.Wants("odds"))
        files.AddRange(restarts.WriteOdds());
    if (options.Wants("variants"))
        files.AddRange(restarts.WriteVariants());
    if (options.Wants("seeds"))
        files.AddRange(seeds.Write());
    if (options.Wants("fill"))
        files.AddRange(fill.Write());
    Directory.CreateDirectory(options.Folder);
    foreach (var (file, content) in files)
    {
        await File.WriteAllTextAsync(Path.Combine(options.Folder, file), content);
        if (isLast)
            Console.WriteLine(file.EndsWith(".md", StringComparison.Ordinal) ? $"\n{file}\n{content}" : file);
    }
}
