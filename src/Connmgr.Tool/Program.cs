using Connmgr.Tool;

using var signals = new TerminationSignals();
return await new ToolApp(SystemEnvironment.Create()).RunAsync(args, signals.Token).ConfigureAwait(false);
