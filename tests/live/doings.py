# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests do to be seen: sessions, and somebody at the other end."""
import hashlib
import os
import socket
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
AUSPEX = os.environ.get('AUSPEX', f'{HERE}/../../src/auspex')
LIBRARY = '/lib/x86_64-linux-gnu/libm.so.6'
SESSIONS = [sys.executable, f'{HERE}/sessions.py']


def sha256(path, more=b''):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read() + more).hexdigest()


class Listener:
    """Answers each connection with a line of commands, and waits for its end."""

    def __init__(self, commands=b'id; exit\n'):
        self.commands = commands
        self.accepted = threading.Semaphore(0)
        self.ending = threading.Event()
        self.count = 0
        self.peer = None
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = str(self.socket.getsockname()[1])
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            self.peer, _ = self.socket.accept()
            self.count += 1
            self.accepted.release()
            threading.Thread(target=self.answer, args=(self.peer,), daemon=True).start()

    def answer(self, peer):
        try:
            peer.sendall(self.commands)
            if b'exit' not in self.commands:
                self.ending.wait()
                peer.sendall(b'exit\n')
            while peer.recv(4096):
                pass
        except OSError:
            pass
        peer.close()

    def say(self, commands):
        """More commands to who came last."""
        self.peer.sendall(commands)
