#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion: the scripts are sourced by their shells, and bash's is asked.
set -u
auspex=${AUSPEX:-../src/auspex}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
PATH=$(dirname "$auspex"):$PATH
failed=0
for shell in bash zsh fish; do
	"$auspex" completion $shell >"$dir/$shell" || failed=1
	if grep -n '@[a-z]*@' "$dir/$shell"; then
		echo "$shell: something was not put in"
		failed=1
	fi
done
# The script is made above.
# shellcheck source=/dev/null
. "$dir/bash" || failed=1

# asked WANTED WORD...: completing the last WORD must offer WANTED, and nothing
# that does not begin with it.
asked() {
	local wanted=$1
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_auspex
	for reply in "${COMPREPLY[@]}"; do
		[ "${reply#"${!#}"}" != "$reply" ] || [ -z "${!#}" ] || failed=1
		[ "$reply" = "$wanted" ] && return
	done
	echo "bash: '$*' offers '${COMPREPLY[*]-}', not '$wanted'"
	failed=1
}
asked analyze auspex an
asked report auspex ""
asked --manifest auspex analyze --m
asked --severity auspex findings -
asked --raw auspex show --r
asked critical auspex findings -s cr
asked critical auspex analyze --fail-on ""
asked ocsf auspex findings -f o
asked navigator auspex export --to n
asked reverse_shell auspex findings --detector reverse_
asked severity auspex findings --sort s
asked verify auspex manifest v
asked aarch64 auspex rules --arch a
asked standard auspex rules --profile s
asked --live auspex doctor --l

if command -v zsh >/dev/null; then
	# shellcheck disable=SC2016
	zsh -f -c 'autoload -Uz compinit && compinit -u -d "$1/dump" && . "$1/zsh" &&
		[[ $_comps[auspex] = _auspex ]]' zsh "$dir" || { echo "zsh: refused"; failed=1; }
else
	echo "zsh is not installed: its script was not sourced"
fi
if command -v fish >/dev/null; then
	# The shell that is asked expands them.
	# shellcheck disable=SC2016
	HOME=$dir fish -c 'source $argv[1]/fish; complete -C "auspex ana"' "$dir" |
		grep -q '^analyze' || { echo "fish: does not offer analyze"; failed=1; }
else
	echo "fish is not installed: its script was not sourced"
fi
exit $failed
