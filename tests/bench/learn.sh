#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What it costs to export and verify a long history, for `make bench`.
#
#   tests/bench/learn.sh [RUNS [OBJECTS [ROUNDS]]]
#
# The history is of one server: RUNS runs with the same OBJECTS accesses each, a row of the database
# for every one (a million by default), most of them of files that exist in a home directory.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
history=$build/tests/bench/learn_history
runs=${1:-10} objects=${2:-100000} rounds=${3:-5}
export SRT_TOP_DB=$work/history.db

"$history" make "$SRT_TOP_DB" "$HOME" "$runs" "$objects" || exit 1
"$srt_top" export bench >"$work/settings.json" 2>/dev/null || exit 1

measure() { # measure NAME COMMAND...: best time, highest peak of memory
	local name=$1 ms kb best=999999999 peak=0 round

	shift
	for ((round = 0; round < rounds; round++)); do
		read -r ms kb < <("$history" measure "$@") || exit 1
		[ "$ms" -ge "$best" ] || best=$ms
		[ "$kb" -le "$peak" ] || peak=$kb
	done
	awk -v name="$name" -v ms="$best" -v kb="$peak" -v rows=$((runs * objects)) 'BEGIN {
		printf "  %-32s %7d ms   %6.1f MiB   %.2f million a second\n", name, ms, kb / 1024,
			rows / (ms > 0 ? ms : 1) / 1000 }'
}

printf '\nlearning from %d accesses: %d runs, %d objects (best of %d, peak memory)\n' \
	$((runs * objects)) "$runs" "$objects" "$rounds"
measure 'srt-top export' "$srt_top" export bench
measure 'srt-top export --reads open' "$srt_top" export bench --reads open
measure 'srt-top verify -s FILE' "$srt_top" verify bench -s "$work/settings.json"
