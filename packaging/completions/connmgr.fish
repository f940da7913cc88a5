complete -c connmgr -a '(connmgr "[suggest:"(string length -- (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
