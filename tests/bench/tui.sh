#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# How far the dashboard reaches, for `make bench`: each figure with what it is to be at most.
#
#   model     without a terminal: every key of every view with 1,000 sessions and 100,000 events,
#             what an event costs, and what all of it takes of memory; and the keys of the other
#             views over 1,000 rules, 1,500 entries of an export, 200,000 changes in a layer and
#             100,000 events of one session
#   first     from exec to the first whole screen, over a history of a million events
#   idle      what part of a processor is used while three sessions run and nothing happens
#   flood     10,000 events a second from 1,000 sessions: whether the dashboard takes them, what it
#             uses, and how long a key takes meanwhile (with the terminal, poll and all)
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
bench=$build/tests/bench
export SRT_TOP_DB=$work/state/srt-top.db LC_ALL=C.UTF-8
mkdir -m 700 "$work/state"

figure() { # figure NAME FILE: what stands behind the name there
	awk -v name="$1" '$1 == name { print $2 }' "$2"
}

row() { # row WORDS FIGURE UNIT [LIMIT]
	local mark=

	if [ -n "${4-}" ]; then
		awk -v a="${2:-x}" -v b="$4" 'BEGIN { exit !(a + 0 == a && a <= b) }' || mark='  <- too much'
		printf '%-58s %10s %-8s (at most %s)%s\n' "$1" "${2:--}" "$3" "$4" "$mark"
	else
		printf '%-58s %10s %s\n' "$1" "${2:--}" "$3"
	fi
}

start_flood() { # start_flood SESSIONS RATE SECONDS
	"$bench/flood" "$@" >"$work/flood" &
	flood=$!
	started=("$flood")
	until grep -qs listening "$work/flood"; do sleep 0.02; done
}

stop_flood() {
	kill "$flood"
	wait "$flood"
	started=()
}

echo "The dashboard ($(uname -r), $(nproc) processors):"
"$bench/model_bench" 1000 100000 >"$work/model"
row 'slowest key, 1,000 sessions, 100,000 events' "$(figure worst-key "$work/model")" ms 16
row 'slowest key of rules, export, layer, files, output' "$(figure worst-other-key "$work/model")" ms 16
row 'mean key' "$(figure mean-key "$work/model")" ms
row 'an event into the model' "$(figure event "$work/model")" us
row 'memory of all that' "$(($(figure memory "$work/model") / 1024))" MiB 100

"$bench/fill_history" "$SRT_TOP_DB" 1000000
for _ in 1 2 3 4 5 6 7; do
	"$bench/terminal_bench" "$build/srt-top"
done | awk '$1 == "first-paint" { print $2 }' | sort -n >"$work/first"
row 'first screen, a million events recorded (median of 7)' "$(sed -n 4p "$work/first")" ms 30

start_flood 3 0 0
"$bench/terminal_bench" -c "${BENCH_IDLE_SECONDS:-10}" "$build/srt-top" >"$work/idle"
stop_flood
row 'processor while three sessions run and nothing happens' "$(figure cpu "$work/idle")" % 0.1

start_flood 1000 10000 8
"$bench/terminal_bench" -c 4 -k 20 "$build/srt-top" >"$work/keys"
until grep -q '^rate' "$work/flood"; do sleep 0.1; done
stop_flood
row '10,000 events a second from 1,000 sessions: taken' "$(figure rate "$work/flood")" '/s'
row '  processor meanwhile' "$(figure cpu "$work/keys")" %
row '  key, through the terminal, median of 20' "$(figure key-median "$work/keys")" ms 16
row '  key, the slowest of them' "$(figure key-worst "$work/keys")" ms
