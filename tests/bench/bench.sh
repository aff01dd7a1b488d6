#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the sandbox costs, for `make bench`: interleaved rounds, medians.
#
#   tests/bench/bench.sh [ROUNDS]
#
#   start  start to end of `true`: by itself, under the very bwrap command line that
#          `srt-top run` uses (--print-bwrap), and under `srt-top run -m enforce`
#   calls  a program that opens a readable file 20000 times, with and without srt-top
#   memory PSS of the supervisor and its helper processes around a sleeping program
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=${1:-${BENCH_ROUNDS:-40}}

true_program=$(type -P true)

timed() { # timed NAME COMMAND...: adds the milliseconds to the name's file
	local name=$1 began ended

	shift
	began=$EPOCHREALTIME
	"$@" >/dev/null 2>"$work/err" </dev/null || {
		echo "bench: $name failed:" >&2
		cat "$work/err" >&2
		exit 1
	}
	ended=$EPOCHREALTIME
	echo $((${ended/./} - ${began/./})) >>"$work/$name.us"
}

median() { # median NAME: in ms
	sort -n "$work/$1.us" | awk '{ v[NR] = $1 } END {
		printf "%.2f", (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) / 1000 }'
}

spread() { # spread NAME: from the first to the third quartile
	sort -n "$work/$1.us" | awk '{ v[NR] = $1 } END {
		printf "%.2f-%.2f", v[int((NR + 3) / 4)] / 1000, v[int((3 * NR + 3) / 4)] / 1000 }'
}

ratio() { # ratio NAME BASE
	awk -v a="$(median "$1")" -v b="$(median "$2")" 'BEGIN { printf "%.2f", (b > 0) ? a / b : 0 }'
}

echo "machine: $(uname -sr), $(nproc) processors, $(bwrap --version), $rounds rounds"

# --- start ---

bwrap_words=()
if "$srt_top" run --print-bwrap -m enforce -- "$true_program" >"$work/words" 2>"$work/err"; then
	mapfile -d '' -t bwrap_words <"$work/words"
	if ! "${bwrap_words[@]}" >/dev/null 2>"$work/err" </dev/null; then
		echo "bench: the printed bwrap command does not run by itself; left out:" >&2
		cat "$work/err" >&2
		bwrap_words=()
	fi
else
	echo "bench: no --print-bwrap; left out" >&2
fi

for ((i = 0; i < rounds; i++)); do
	timed direct "$true_program"
	if [ ${#bwrap_words[@]} -gt 0 ]; then
		timed bwrap "${bwrap_words[@]}"
	fi
	timed sandboxed "$srt_top" run -n bench -m enforce -- "$true_program"
	timed asking "$srt_top" run -n bench -m ask -- "$true_program"
done

printf '\nstart to end of true (ms)          median   quartiles    x bwrap\n'
base=bwrap
[ ${#bwrap_words[@]} -gt 0 ] || base=direct
show() { # show LABEL NAME
	[ -s "$work/$2.us" ] || return 0
	printf '  %-32s %7s   %-12s %s\n' "$1" "$(median "$2")" "$(spread "$2")" "$(ratio "$2" "$base")"
}
show 'no sandbox' direct
show 'bwrap, same command line' bwrap
show 'srt-top run -m enforce' sandboxed
show 'srt-top run -m ask' asking

# --- srt ---

# The line that srt itself uses, with what it runs.
srt=$work/srt
ln -s "$build/srt-top" "$srt"
srt_words=()
eval "srt_words=($("$srt" -d -c true 2>&1 | sed -n 's/^\[SandboxDebug\] sandbox: //p'))"
find_upstream
[ -n "$upstream" ] || echo "bench: upstream's package, npm, socat or ripgrep is not to be had; left out" >&2
for ((i = 0; i < rounds; i++)); do
	timed srt_bwrap "${srt_words[@]}"
	timed srt "$srt" -c true
	[ -z "$upstream" ] || [ $i -ge 10 ] || timed srt_upstream "$upstream" -c true
done
printf '\nstart to end of srt -c true (ms)   median   quartiles    x bwrap\n'
base=srt_bwrap
show 'bwrap, same command line' srt_bwrap
show 'srt' srt
show "upstream's srt" srt_upstream
[ -z "$upstream" ] || echo "  upstream takes $(ratio srt_upstream srt) times as long"

# --- a large working directory ---

mkdir "$work/tree" "$work/small"
for ((i = 0; i < 100; i++)); do
	mkdir "$work/tree/d$i"
	(cd "$work/tree/d$i" && seq -f 'file%g' 1000 | xargs touch)
done
printf '{"network":{"allowedDomains":[],"deniedDomains":[]},"filesystem":{"denyRead":[],"allowWrite":["."],"denyWrite":[]}}' \
	>"$work/settings.json"
for ((i = 0; i < (rounds + 3) / 4; i++)); do
	cd "$work/small" && timed tree_small "$srt" -s "$work/settings.json" -c true
	cd "$work/tree" && timed tree_large "$srt" -s "$work/settings.json" -c true
done
cd "$HOME" || exit 1
printf '\nsrt -c true, writable directory (ms)  median   quartiles    x empty\n'
base=tree_small
show 'empty' tree_small
show '100,000 files' tree_large

# --- calls ---

cat >"$work/opens.sh" <<'END'
i=0
while [ $i -lt 20000 ]; do
	read -r line </etc/hostname
	i=$((i + 1))
done
END
cp "$work/opens.sh" "$HOME/opens.sh"
for ((i = 0; i < (rounds + 7) / 8; i++)); do
	timed opens sh "$HOME/opens.sh"
	timed opens_sandboxed "$srt_top" run -n bench -m enforce -- sh "$HOME/opens.sh"
done
printf '\n20000 opens of a readable file (ms)  median   quartiles    x direct\n'
base=opens
show 'no sandbox' opens
show 'srt-top run -m enforce' opens_sandboxed

# --- memory ---

descendants() {
	local child

	for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
		echo "$child"
		descendants "$child"
	done
}

asleep() {
	local pid

	for pid in $(descendants "$sleeper"); do
		grep -qsx 'sleep' "/proc/$pid/comm" && return 0
	done
	return 1
}

measure() { # measure COMMAND...: a command that sleeps
	local last pid name pss total=0

	"$@" </dev/null >/dev/null 2>&1 &
	sleeper=$!
	started=("$sleeper")
	last=$((SECONDS + 10))
	until asleep; do
		[ $SECONDS -lt $last ] || {
			echo "bench: the sleeping program did not start" >&2
			exit 1
		}
		sleep 0.05
	done
	# The supervisor gives back what its start needed with its first tick.
	sleep 0.5
	for pid in "$sleeper" $(descendants "$sleeper"); do
		name=$(<"/proc/$pid/comm") 2>/dev/null || continue
		[ "$name" != sleep ] || continue
		pss=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup" 2>/dev/null)
		printf '  %-16s %7s\n' "$name" "${pss:-?}"
		total=$((total + ${pss:-0}))
	done
	printf '  %-16s %7s\n' all "$total"
	kill "$sleeper"
	wait "$sleeper" 2>/dev/null
	started=()
}

printf '\nmemory around a sleeping program (PSS, kB)\n srt-top run\n'
measure "$srt_top" run -n bench -m enforce -- sleep 60
echo ' srt'
measure "$srt" sleep 60
