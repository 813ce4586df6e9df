#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Double forks, orphans, a subreaper, a group of threads of which one execs."""
import ctypes
import os
import sys
import threading
import time


def detach(command):
    """The classical daemon: fork, setsid, fork, and the one between goes."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        os.setsid()
        if os.fork() == 0:
            null = os.open("/dev/null", os.O_RDWR)
            for fd in range(3):
                os.dup2(null, fd)
            os.execvp(command[0], command)
        os._exit(0)
    os.close(write)
    os.wait()
    os.read(read, 1)  # until the daemon's end is closed
    os.close(read)


def orphan():
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.1)
            os.execv("/bin/sh", ["sh", "-c", "true; true"])
        os._exit(3)
    os.wait()


def exec_in_thread():
    if os.fork() == 0:
        threading.Thread(target=os.execv, args=("/bin/echo", ["echo", "thread"])).start()
        time.sleep(5)
    os.wait()


def main():
    os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    detach(["sleep", "0.1"])
    orphan()
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    orphan()
    detach(["sh", "-c", "sleep 0.05; true"])
    exec_in_thread()
    os.spawnvp(os.P_WAIT, "setsid", ["setsid", "--fork", "true"])
    time.sleep(0.4)
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


if __name__ == "__main__":
    sys.exit(main())
