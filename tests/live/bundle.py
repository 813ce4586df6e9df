# SPDX-License-Identifier: GPL-2.0-or-later
"""A container of runc: a few programs of this machine, and what was done to them."""
import contextlib
import json
import os
import re
import shutil
import subprocess

ANNOTATIONS = {
    'io.kubernetes.cri.image-name': 'registry.example/web:1.4',
    'io.kubernetes.cri.container-name': 'web',
    'io.kubernetes.cri.sandbox-name': 'web-0',
    'io.kubernetes.cri.sandbox-namespace': 'shop',
}
PROGRAMS = ['/bin/sh', '/bin/sleep']


class Bundle:
    def __init__(self, folder, auspex):
        self.folder, self.auspex = folder, auspex
        self.root = f'{folder}/rootfs'
        self.id = f'auspex-live-{os.getpid()}'
        for name in ('proc', 'dev', 'sys', 'tmp', 'opt'):
            os.makedirs(f'{self.root}/{name}')
        for program in PROGRAMS:
            self.add(program)
            libraries = subprocess.run(['ldd', program], capture_output=True, text=True,
                                       check=True).stdout
            for library in re.findall(r'(/\S+) \(', libraries):
                self.add(library)
        self.manifest = f'{folder}/web.mtree'
        subprocess.run([auspex, 'manifest', 'record', f'dir:{self.root}', '-o',
                        self.manifest], check=True, stdout=subprocess.DEVNULL)
        os.chmod(self.manifest, 0o644)

    def add(self, source, target=None, more=b''):
        """Copies a file of this machine; returns its path in the container."""
        target = target or source
        inside = self.root + target
        os.makedirs(os.path.dirname(inside), exist_ok=True)
        with open(source, 'rb') as file:
            code = file.read()
        with open(inside, 'wb') as file:
            file.write(code + more)
        os.chmod(inside, 0o755)
        return target

    def configure(self, command):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f'{self.folder}/config.json')
        subprocess.run(['runc', 'spec'], cwd=self.folder, check=True)
        with open(f'{self.folder}/config.json', encoding='utf-8') as file:
            spec = json.load(file)
        spec['annotations'] = ANNOTATIONS
        spec['process'].update(terminal=False, args=['/bin/sh', '-c', command])
        spec['root']['readonly'] = False
        # What a sandbox without all capabilities does not allow.
        spec['process'].pop('rlimits', None)
        spec['linux'].pop('resources', None)
        spec.pop('hostname', None)
        spec['linux']['namespaces'] = [n for n in spec['linux']['namespaces']
                                       if n['type'] in ('pid', 'mount', 'ipc')]
        with open(f'{self.folder}/config.json', 'w', encoding='utf-8') as file:
            json.dump(spec, file)

    @contextlib.contextmanager
    def running(self, it, command):
        """Runs the shell's command in the container for as long as the block lasts."""
        self.configure(command)
        with it.running(['runc', 'run', '-b', self.folder, self.id],
                        stdin=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                subprocess.run(['runc', 'delete', '-f', self.id], check=False,
                               stderr=subprocess.DEVNULL)
                process.kill()


def is_possible():
    return shutil.which('runc', path=os.environ['PATH'] + ':/usr/sbin:/sbin')
