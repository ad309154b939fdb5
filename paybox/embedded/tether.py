"""Run a command that dies with the one who started it: ``tether.py PARENT_PID -- COMMAND …``.

Run as a file by a bare interpreter. It asks the kernel (Linux) to kill this process when its
parent dies, then becomes the command: so nothing is left when a supervisor is killed with -9.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def main(words: list[str]) -> int:
    parent, command = int(words[0]), words[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        return 1
    # Python ignores SIGPIPE, and what is ignored stays ignored in the command it becomes.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the supervisor's own argv, no shell wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return 127


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
