"""A network namespace with nothing but lo in it, which ends with its processes."""

import asyncio
import os
import resource
import sys


def command(script, *arguments):
    """The command that runs a script of this folder in a new namespace, with --inside and these arguments."""
    map_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", *map_root,
            sys.executable, os.path.abspath(script), "--inside", *arguments]


def run(script, measure, options):
    """Begins a script again in a new namespace; there (options.inside) measures, with as many descriptors as are allowed. Does not return."""
    if options.inside:
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        sys.exit(asyncio.run(measure(options)))
    os.execvp("unshare", command(script, *sys.argv[1:]))
