#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets of each kind on the descriptors of children; 127.0.0.1 only."""
import array
import fcntl
import os
import pty
import socket
import subprocess
import sys
import threading


def serve(listener, count):
    """As inetd does: the connection becomes the program's input and output."""
    for _ in range(count):
        peer, _ = listener.accept()
        if os.fork() == 0:
            for fd in range(3):
                os.dup2(peer.fileno(), fd)
            os.execv("/bin/sh", ["sh", "-c", "read line; echo $line"])
        peer.close()


def talk(sock):
    sock.sendall(b"line\n")
    sock.recv(100)
    sock.close()


def servers():
    for family, address in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_INET6, ("::1", 0)),
                            (socket.AF_UNIX, "\0auspex-truth")):
        listener = socket.socket(family)
        listener.bind(address)
        listener.listen()
        thread = threading.Thread(target=serve, args=(listener, 2))
        thread.start()
        for _ in range(2):
            sock = socket.socket(family)
            sock.connect(listener.getsockname())
            talk(sock)
        thread.join()
        listener.close()


def child(*fds):
    """Puts fds at 0, 1, 2 of a program."""
    pid = os.fork()
    if pid == 0:
        for target, fd in enumerate(fds):
            os.dup2(fd, target)
        os.execvp("true", ["true"])
    os.waitpid(pid, 0)


def copies():
    """The same socket by each kind of copy."""
    listener = socket.create_server(("127.0.0.1", 0))
    sock = socket.create_connection(listener.getsockname())
    high = fcntl.fcntl(sock, fcntl.F_DUPFD, 50)
    child(high, os.dup(high), sock.fileno())
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.connect(("127.0.0.1", 9))
    child(udp.fileno(), 1, 2)
    left, right = socket.socketpair()
    with open("/dev/null", "rb") as null:
        left.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                               array.array("i", [null.fileno()]))])
    right.recv(1)
    child(left.fileno(), right.fileno(), 2)
    memfd = os.memfd_create("text")
    child(memfd, memfd, 2)
    sock.close()
    reused = os.open("/etc/passwd", os.O_RDONLY)
    child(reused, 1, 2)


def terminals():
    pid, master = pty.fork()
    if pid == 0:
        os.execvp("tty", ["tty"])
    os.read(master, 100)
    os.waitpid(pid, 0)
    os.close(master)
    master, slave = pty.openpty()
    subprocess.run(["stty", "-a"], stdin=slave, stdout=slave, check=True)
    os.close(master)
    os.close(slave)


def main():
    servers()
    copies()
    terminals()
    subprocess.run(["bash", "-c", "exec 5<>/dev/udp/127.0.0.1/9; cat <&5 >/dev/null & kill $!"],
                   check=True)


if __name__ == "__main__":
    sys.exit(main())
