#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A container of runc over this machine's own programs, a command in it, and
# another one put into it while it runs.
set -eu
tmp=$(mktemp -d)
id=auspex-truth-$$
finish() {
	runc delete -f $id >/dev/null 2>&1 || true
	umount "$tmp/rootfs/usr" 2>/dev/null || true
	rm -rf --one-file-system "$tmp"
}
trap finish EXIT
cd "$tmp"
mkdir -p rootfs/usr rootfs/proc rootfs/dev rootfs/sys rootfs/tmp
ln -s usr/bin usr/lib usr/lib64 rootfs/
mount --bind /usr rootfs/usr
runc spec
/usr/bin/python3 - <<'END'
import json
with open("config.json") as file:
    spec = json.load(file)
spec["process"]["terminal"] = False
spec["process"]["args"] = ["sh", "-c", "echo a | cat; (sh -c 'true; true') & sleep 0.6; id | cat"]
spec["root"]["readonly"] = False
spec["process"].pop("rlimits", None)
spec["linux"]["namespaces"] = [n for n in spec["linux"]["namespaces"] if n["type"] in ("pid", "mount", "ipc")]
spec["linux"].pop("resources", None)
spec.pop("hostname", None)
with open("config.json", "w") as file:
    json.dump(spec, file)
END
runc run $id >/dev/null </dev/null &
for _ in $(seq 50); do
	if runc state $id 2>/dev/null | grep -q '"running"'; then break; fi
	sleep 0.05
done
runc exec $id sh -c 'echo in | cat; true' >/dev/null </dev/null || true
wait
