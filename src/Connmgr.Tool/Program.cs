using Connmgr.Tool;

var stop = TerminationSignals.WatchForProcess(TimeProvider.System);
return await new ToolApp(SystemEnvironment.Create()).RunAsync(args, stop).ConfigureAwait(false);
