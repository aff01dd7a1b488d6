#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# How denials keep up, for `make bench`: one program is refused many names a second, while a client
# listens on the control socket.
#
#   tests/bench/denials.sh [SECONDS]
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
denials=$build/tests/bench/denials
seconds=${1:-5}
mkdir "$HOME/work" "$HOME/closed"
printf '{"network":{"allowedDomains":[],"deniedDomains":[]},"filesystem":{"denyRead":[],"allowWrite":["~/work"],"denyWrite":[]}}' \
	>"$work/settings.json"

await() { # await COMMAND...
	local last=$((SECONDS + 60))

	until "$@"; do
		[ $SECONDS -lt $last ] || {
			echo "bench: waited in vain for $*" >&2
			exit 1
		}
		sleep 0.05
	done
}

has_socket() {
	ls "$SRT_TOP_RUNTIME_DIR"/*.sock >/dev/null 2>&1
}

word() { # word FILE NAME: the number behind the name
	sed -n "s/.*\\b$2 \\([0-9]*\\).*/\\1/p" "$1" | tail -n 1
}

printf 'denials from one program, %s s each\n' "$seconds"
printf '%8s %8s %9s %9s %9s %9s %9s %9s %9s\n' wanted refused 'a second' events 'not told' kept \
	'median us' 'p99 us' 'peak kB'
for rate in 100 1000 10000 100000; do
	rm -f "$HOME/work/go" "$HOME/work/said" "$HOME/work/end"
	# shellcheck disable=SC2016
	"$srt_top" run -n "d$rate" -s "$work/settings.json" -m enforce -- sh -c '
		while [ ! -e ~/work/go ]; do sleep 0.05; done
		"$0" deny ~/closed "$1" "$2" >~/work/said
		: >~/work/end
		while [ -e ~/work/go ]; do sleep 0.05; done' "$denials" "$rate" "$seconds" 2>"$work/err" &
	run=$!
	started=("$run")
	await has_socket
	"$denials" listen "$(echo "$SRT_TOP_RUNTIME_DIR"/*.sock)" $((seconds + 1)) >"$work/heard" &
	listener=$!
	await test -s "$work/heard"
	: >"$HOME/work/go"
	await test -e "$HOME/work/end"
	wait "$listener"
	peak=$(awk '/^VmHWM:/ { print $2 }' "/proc/$run/status")
	rm "$HOME/work/go"
	wait "$run"
	started=()
	kept=$("$srt_top" events --json --name "d$rate" --denied | grep -c '/closed/t')
	printf '%8s %8s %9s %9s %9s %9s %9s %9s %9s\n' "$rate" "$(word "$HOME/work/said" refused)" \
		"$(word "$HOME/work/said" rate)" "$(word "$work/heard" events)" \
		"$(word "$work/heard" lost)" "$kept" "$(word "$work/heard" median)" \
		"$(word "$work/heard" p99)" "$peak"
done
