using Connmgr.Fuzz;

return FuzzProgram.Run(args);
