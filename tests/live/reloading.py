# SPDX-License-Identifier: GPL-2.0-or-later
"""What is changed while everything runs: settings, lists, auditd's rules and log."""
import os
import signal
import subprocess
import time

import bundle
from doings import AUSPEX, SESSIONS, Listener, sha256
from lab import auditctl, restarts_on_hup, wait_for

RULE = """\
title: A word that the test says
id: 0d0ac43c-6a52-4d5f-a7b5-8a3a0e8f1c11
name: word_of_the_test
status: experimental
description: The test runs it.
logsource:
  product: linux
  category: process_creation
detection:
  said:
    CommandLine|contains: 'the word is '
  condition: said
level: low
"""


def prepare(it):
    """An image, and a list and a folder of rules that say nothing yet."""
    it.bundle = bundle.Bundle(f'{it.dir}/bundle', AUSPEX)
    it.bundle.add('/bin/sleep', '/opt/bot', b'bot')
    write(it, 'bots.txt', 'f' * 64 + '\n')
    os.mkdir(f'{it.dir}/rules.sigma', 0o755)
    return f'intel: ["{it.dir}/bots.txt"]\nrules:\n  paths: ["{it.dir}/rules.sigma"]\n'


def write(it, name, text):
    it.write(name, text)
    os.chmod(f'{it.dir}/{name}', 0o644)


def programs(it, like):
    """How many programs were stored whose arguments are so."""
    return it.query('SELECT count(*) FROM images WHERE argv LIKE ?', like)[0][0]


def say(it, word):
    it.session(['/bin/echo', f'the word is {word}'], stdout=subprocess.DEVNULL)


def reload_all(it):
    """SIGHUP with new indicators, rules, manifests and exceptions; waits until they count."""
    write(it, 'bots.txt', sha256('/bin/sleep', b'bot') + '\n')
    write(it, 'rules.sigma/word.yml', RULE)
    it.settings += f'  manifests: ["{it.bundle.root}={it.bundle.manifest}"]\n'
    it.configure('exceptions:\n  - detector: fileless_execution_memfd\n'
                 '    path: "/memfd:excepted*"\n    reason: as the test wants it\n')
    it.auditd.send_signal(signal.SIGHUP)
    names = []

    # auditd passes the signal on in its own time, and others go on meanwhile
    def counts():
        names.append(f'excepted-{len(names)}')
        it.session(SESSIONS + ['memfd', '/bin/true', names[-1], '0'])
        found = it.finding('fileless_execution_memfd', f"path LIKE '%:{names[-1]}%'")
        return found['suppressed']
    wait_for('the new settings', counts)


def test_reload_all(it):
    """
    New lists and rules count, nobody dies, and no event is lost: of a session
    that runs programs all the time, and of a shell that was there before.
    """
    start = time.time() * 1000
    processes = it.keeper(), it.find('auspex-worker')
    listener = Listener(b'/bin/echo said before\n')
    with it.running(SESSIONS + ['reverse_shell', listener.port]), \
            it.running(SESSIONS + ['count'], stdin=subprocess.PIPE,
                       stdout=subprocess.PIPE) as counting:
        it.finding('reverse_shell', f'remote_port = {listener.port}')
        wait_for('a program of the shell', lambda: programs(it, '%"said","before"%'))
        say(it, 'unknown')
        # auditd's signal may overtake what is in its queue
        wait_for('what was said', lambda: programs(it, '%the word is unknown%'))
        reload_all(it)
        say(it, 'known')
        it.finding('word_of_the_test')
        with it.running(['chroot', it.bundle.root, '/opt/bot', 'inf']) as bot:
            it.finding('added_malicious_binary_executed',
                       f"path = '/opt/bot' AND sha256 = '{sha256('/bin/sleep', b'bot')}'")
            bot.kill()
        listener.say(b'/bin/echo said after\n')
        wait_for('a program of the shell', lambda: programs(it, '%"said","after"%'))
        listener.ending.set()
        counted = int(counting.communicate()[0])
    it.drain()
    assert counted > 0
    assert programs(it, '["/bin/echo","counted",%') == counted
    assert it.query("SELECT count FROM findings WHERE detector = 'word_of_the_test'") == [(1,)]
    shells = it.query('SELECT count(DISTINCT q.parent_id) FROM images i JOIN processes q'
                      " ON q.id = i.process_id WHERE argv LIKE '[\"/bin/echo\",\"said\",%'")
    assert shells == [(1,)], shells
    expected = 'read_back' if restarts_on_hup() else ''
    if not restarts_on_hup():
        assert processes == (it.keeper(), it.find('auspex-worker'))
    # The kernel may have kept the rest of an event that the last auditd began to read.
    trouble = it.query('SELECT kind, count, detail, last FROM health WHERE kind <> ?'
                       ' AND coalesce(last, 0) NOT BETWEEN 1 AND ?', expected, start)
    assert not trouble, trouble


def test_rules_reloaded(it):
    """The kernel's rules are taken away and come back; what was there before is known."""
    listener = Listener(b'/bin/echo said before\n')
    with it.running(SESSIONS + ['reverse_shell', listener.port]):
        it.finding('reverse_shell', f'remote_port = {listener.port}')
        loaded = auditctl('-R', f'{it.dir}/rules')
        assert loaded.returncode == 0, loaded.stderr
        before = programs(it, '%"said","again"%')
        listener.say(b'/bin/echo said again\n')
        wait_for('a program of the shell', lambda: programs(it, '%"said","again"%') > before)
        listener.ending.set()
    found = it.query(f'SELECT count(*) FROM findings WHERE remote_port = {listener.port}')
    assert found == [(1,)], found
