// SPDX-License-Identifier: GPL-2.0-or-later
// child_process in its ways.
'use strict';
const { spawn, exec, execFile, fork, spawnSync } = require('child_process');

if (process.argv[2] === 'child') {
	process.on('message', (m) => { process.send(m + 1); process.disconnect(); });
} else {
	spawnSync('true');
	spawnSync('cat', { input: 'text' });
	spawn('sh', ['-c', 'read x; echo $x'], { stdio: ['pipe', 'ignore', 'inherit'] })
		.stdin.end('line\n');
	spawn('id', { stdio: 'ignore', detached: true }).unref();
	exec('ls / | wc -l', () => {});
	execFile('date', () => {});
	const child = fork(__filename, ['child']);
	child.on('message', () => {});
	child.send(1);
	for (let i = 0; i < 5; i++)
		spawn('sleep', ['0.05'], { stdio: ['ignore', 'pipe', 'pipe'] });
}
