#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""subprocess in its ways, multiprocessing with each start method."""
import multiprocessing
import os
import subprocess
import sys
import tempfile


def work(number):
    return subprocess.run(["echo", str(number)], stdout=subprocess.PIPE, check=True).stdout


def main():
    subprocess.run(["true"], check=True)
    subprocess.run("ls / | wc -l", shell=True, stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["cat"], input=b"text", stdout=subprocess.PIPE, check=True)
    subprocess.run(["id"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.STDOUT, start_new_session=True, check=True)
    subprocess.run(["pwd"], cwd="/", close_fds=False, stdout=subprocess.DEVNULL, check=True)
    subprocess.run(["true"], preexec_fn=os.getpid, check=True)
    with tempfile.TemporaryFile() as file:
        subprocess.run(["sh", "-c", "echo a; echo b >&2"], stdout=file, stderr=file, check=True)
    first = subprocess.Popen(["seq", "10"], stdout=subprocess.PIPE)
    second = subprocess.Popen(["sort"], stdin=first.stdout, stdout=subprocess.DEVNULL)
    first.stdout.close()
    second.wait()
    first.wait()
    many = [subprocess.Popen(["sleep", "0.05"]) for _ in range(8)]
    for child in many:
        child.wait()
    pid = os.posix_spawnp("true", ["true"], os.environ,
                          file_actions=[(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)])
    os.waitpid(pid, 0)
    os.system("exec true")
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(3) as pool:
            pool.map(work, range(6))
    try:
        subprocess.run(["/nonexistent/program"], check=True)
    except FileNotFoundError:
        pass


if __name__ == "__main__":
    sys.exit(main())
