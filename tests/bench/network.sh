#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the network costs, for `make bench`: the same client and origin on every path, interleaved
# rounds, medians.
#
#   tests/bench/network.sh [ROUNDS]
#
#   direct       on loopback, without a sandbox
#   upstream     upstream's srt, through CONNECT: $SRT_UPSTREAM, or from its registry, or left out
#   connect      srt-top run, through CONNECT
#   transparent  srt-top run, by a client that knows of no proxy
HOSTS="bench.test other.test"
# shellcheck source=../lib/own_hosts.sh
. "$(dirname "$0")/../lib/own_hosts.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
bench=$build/tests/bench/net_bench
flood=$build/tests/integration/helpers/net_flood
rounds=${1:-${BENCH_NETWORK_ROUNDS:-7}}
connections=${BENCH_CONNECTIONS:-4000}
upstream_connections=${BENCH_UPSTREAM_CONNECTIONS:-200}
bytes=1073741824
unset HTTP_PROXY http_proxy ALL_PROXY all_proxy HTTPS_PROXY https_proxy NO_PROXY no_proxy

"$bench" origin "$work/port" &
started+=($!)
until [ -s "$work/port" ]; do
	kill -0 $! || exit 1
	sleep 0.02
done
port=$(<"$work/port")

printf '{"network":{"allowedDomains":["bench.test","127.0.0.1"],"deniedDomains":[]},"filesystem":{"denyRead":[],"allowRead":["/etc/hosts"],"allowWrite":[],"denyWrite":[]}}' \
	>"$work/settings.json"
# Without the variables the resolver's file would give the name away: there the name comes from us.
sed 's|"denyRead":\[\],"allowRead":\["/etc/hosts"\]|"denyRead":["/etc/hosts"]|' "$work/settings.json" \
	>"$work/transparent.json"

find_upstream

path() { # path NAME COUNT BYTES: the command line of one measurement in ${words[@]}
	case $1 in
	direct) words=("$bench" direct bench.test "$port" "$2" "$3") ;;
	upstream) words=("$upstream" -s "$work/settings.json" "$bench" connect bench.test "$port" "$2" "$3") ;;
	connect) words=("$srt_top" run -n bench -s "$work/settings.json" -m enforce --
		"$bench" connect bench.test "$port" "$2" "$3") ;;
	transparent) words=("$srt_top" run -n bench -s "$work/transparent.json" -m enforce --
		env -u HTTP_PROXY "$bench" direct bench.test "$port" "$2" "$3") ;;
	esac
}

keep() { # keep FILE VALUE: one of this round
	echo "$i $2" >>"$work/$1"
}

client=0 # µs of CPU time, without a sandbox, in this round

measure() { # measure NAME COUNT: adds to the files NAME.rate .latency .cpu .added .mb, all or none
	local rate latency speed all idle each
	path "$1" "$2" 100
	: >"$work/cpu"
	"$bench" cpu "$work/cpu" "${words[@]}" >"$work/out" 2>"$work/err" </dev/null || return 1
	read -r rate latency _ <"$work/out"
	path "$1" 0 0
	"$bench" cpu "$work/cpu" "${words[@]}" >/dev/null 2>"$work/err" </dev/null || return 1
	{ read -r all && read -r idle; } <"$work/cpu"
	path "$1" 1 $bytes
	"${words[@]}" >"$work/out" 2>"$work/err" </dev/null || return 1
	read -r _ _ speed <"$work/out"
	keep "$1.rate" "$rate"
	keep "$1.latency" "$latency"
	keep "$1.mb" "$speed"
	each=$(awk -v a="$all" -v b="$idle" -v n="$2" 'BEGIN { printf "%.1f", (a - b) / n }')
	keep "$1.cpu" "$each"
	if [ "$1" = direct ]; then
		client=$each
	else
		keep "$1.added" "$(awk -v a="$each" -v b="$client" 'BEGIN { printf "%.1f", a - b }')"
	fi
}

paths=(direct connect transparent)
[ -z "$upstream" ] || paths=(direct upstream connect transparent)
for ((i = 0; i < rounds; i++)); do
	for name in "${paths[@]}"; do
		count=$connections
		[ "$name" != upstream ] || count=$upstream_connections
		measure "$name" "$count" || {
			echo "bench: $name failed:" >&2
			cat "$work/err" >&2
			[ "$name" = upstream ] || exit 1
		}
	done
done
# A round of it may fail; without any there is nothing to compare with.
if [ -n "$upstream" ] && [ ! -s "$work/upstream.mb" ]; then
	paths=(direct connect transparent)
	upstream=
fi

median() { # median FILE
	awk '{ print $2 }' "$work/$1" | sort -n | awk '{ v[NR] = $1 } END {
		print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) }'
}

ratio() { # ratio A B: of the medians of two files, and the least and the most of a round
	awk -v a="$(median "$1")" -v b="$(median "$2")" '
		NR == FNR { first[$1] = $2; next }
		$1 in first && $2 > 0 {
			r = first[$1] / $2
			if (!n++ || r < least) least = r
			if (n == 1 || r > most) most = r
		}
		END { printf "%.1f (%.1f to %.1f)", (b > 0) ? a / b : 0, least, most }' "$work/$1" "$work/$2"
}

echo "machine: $(uname -sr), $(nproc) processors, $rounds rounds"
printf '\n%-14s %10s %10s %10s %14s\n' 'network' 'conn/s' 'p50 µs' 'MB/s' 'CPU µs/conn'
for name in "${paths[@]}"; do
	printf '%-14s %10.0f %10.0f %10.0f %14.0f\n' "$name" "$(median "$name.rate")" \
		"$(median "$name.latency")" "$(median "$name.mb")" "$(median "$name.cpu")"
done
printf '\nof the medians, and the least and the most of a round:\n'
for name in connect transparent; do
	printf '%-12s latency       %s times direct (wanted: at most 2.5)\n' "$name" \
		"$(ratio "$name.latency" direct.latency)"
	[ -n "$upstream" ] || continue
	printf '%-12s conn/s        %s times upstream (15)\n' '' "$(ratio "$name.rate" upstream.rate)"
	printf '%-12s MB/s          %s times upstream (10)\n' '' "$(ratio "$name.mb" upstream.mb)"
	printf '%-12s CPU time      1/%s of upstream (15)\n' '' "$(ratio upstream.cpu "$name.cpu")"
	printf '%-12s               1/%s of it without the client'\''s own\n' '' \
		"$(ratio upstream.added "$name.added")"
done
printf 'decision     %s µs, among 200 allowed and 200 denied entries (wanted: at most 20)\n' \
	"$("$build/tests/bench/decide")"

# --- memory ---

"$srt_top" run -n held -s "$work/transparent.json" -m ask --hold 60 -- \
	env -u HTTP_PROXY "$flood" hold other.test "$port" 1000 - >"$work/held" 2>"$work/err" </dev/null &
held=$!
started+=("$held")
last=$((SECONDS + 60))
until "$srt_top" pending --json 2>/dev/null | grep -q '"waiters": *1000\>'; do
	if [ $SECONDS -ge $last ]; then
		echo "bench: the connections are not held" >&2
		exit 1
	fi
	sleep 0.1
done
printf 'memory       %s kB (PSS) of the supervisor with 1000 held connections (wanted: at most 20480)\n' \
	"$(awk '/^Pss:/ { print $2 }' "/proc/$held/smaps_rollup")"
