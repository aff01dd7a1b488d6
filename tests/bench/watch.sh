#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What watching costs, for `make bench`: the same work under the very bwrap command line that
# `srt-top run` uses, under `srt-top run` at each level, and under strace, in interleaved rounds.
# Shown are medians in ms and, behind them, ratios to that bwrap command line; and what one watched
# call costs.
#
#   tests/bench/watch.sh [ROUNDS]
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=${1:-${BENCH_ROUNDS:-11}}

export TMPDIR=$work/home/tmp
mkdir "$TMPDIR" "$HOME/secret"
# Where it is missing its name is kept free by a file that git cannot read.
: >"$HOME/.gitconfig"
printf '{"network":{"allowedDomains":[],"deniedDomains":[]},"filesystem":{"denyRead":["~/secret"],"allowWrite":["~"],"denyWrite":[]}}' \
	>"$work/settings.json"

bwrap_words=()
mapfile -d '' -t bwrap_words < <("$srt_top" run --print-bwrap -s "$work/settings.json" -m enforce -- XX)
[ ${#bwrap_words[@]} -gt 1 ] || {
	echo "watch: no bwrap command line" >&2
	exit 1
}
unset 'bwrap_words[-1]'

under() { # under WAY COMMAND...
	local way=$1

	shift
	case $way in
	bwrap) "${bwrap_words[@]}" "$@" ;;
	everyday | full) "$srt_top" run -n bench -s "$work/settings.json" -m enforce --watch "$way" -- "$@" ;;
	strace) strace -f --seccomp-bpf -e trace=file -o /dev/null "$@" ;;
	esac
}

ways=(bwrap everyday full)
if type -P strace >/dev/null && strace -f --seccomp-bpf -o /dev/null true 2>/dev/null; then
	ways+=(strace)
else
	echo "watch: strace is not to be had; left out" >&2
fi

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END {
		printf "%.1f", (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) / 1000 }'
}

# The median of the rounds' own ratios: what else the machine does meets both sides of one.
ratio() {
	paste "$1" "$2" | awk '$2 > 0 { print $1 / $2 }' | sort -n | awk '{ v[NR] = $1 } END {
		printf "%.2f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

compare() { # compare LABEL COMMAND...
	local label=$1 way began ended

	shift
	rm -f "$work"/time.*
	for ((i = 0; i < rounds; i++)); do
		for way in "${ways[@]}"; do
			began=$EPOCHREALTIME
			under "$way" "$@" >/dev/null 2>"$work/err" </dev/null || {
				tail -n 1 "$work/err" >&2
				printf '  %-26s does not run (%s); left out\n' "$label" "$way"
				return 0
			}
			ended=$EPOCHREALTIME
			echo $((${ended/./} - ${began/./})) >>"$work/time.$way"
		done
	done
	printf '  %-26s' "$label"
	for way in "${ways[@]}"; do
		printf ' %9s %5s' "$(median "$work/time.$way")" \
			"$([ "$way" = bwrap ] || ratio "$work/time.$way" "$work/time.bwrap")"
	done
	echo
}

echo "machine: $(uname -sr), $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg), $rounds rounds"
printf '\n  %-26s' 'ms, and times bwrap'
printf ' %9s      ' "${ways[@]}"
echo

# What the start alone takes: it is in all of the others.
compare 'true' true
printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) { puts("x"); return 0; }\n' >hello.c
type -P gcc >/dev/null && compare 'gcc hello.c' gcc -O1 -o hello hello.c

if type -P git >/dev/null; then
	mkdir tree
	for ((i = 0; i < 100; i++)); do
		mkdir "tree/d$i"
		(cd "tree/d$i" && seq -f 'file%g' 100 | xargs touch)
	done
	(cd tree && git init -q . && git add . && git -c user.name=a -c user.email=a@b.test commit -qm one)
	compare 'git status, 10,000 files' git -C tree status
fi
if type -P npm >/dev/null; then
	compare 'npm ls -g' sh -c 'npm ls -g || true'
fi
type -P python3 >/dev/null &&
	compare 'python imports' python3 -c 'import json, email, http.client, sqlite3, xml.dom.minidom, asyncio'
# Some of it is closed to everyone but its owner.
compare 'find /usr/share' sh -c 'find /usr/share -newer /etc/hostname || true'

# --- a single call ---

cat >calls.c <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The best of ten times a thousand: what else the machine does comes on top of it. */
int main(int argc, char **argv)
{
	double best = 1e9;
	struct stat st;

	for (int round = 0; round < 10 && argc == 3; round++) {
		struct timespec from, to;
		double us;

		clock_gettime(CLOCK_MONOTONIC, &from);
		for (int i = 0; i < 1000; i++) {
			if (strcmp(argv[1], "open") == 0)
				close(open(argv[2], O_RDONLY));
			else
				stat(argv[2], &st);
		}
		clock_gettime(CLOCK_MONOTONIC, &to);
		us = ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / 1e6;
		best = us < best ? us : best;
	}
	printf("%.2f\n", best);
	return 0;
}
END
if ${CC:-cc} -O1 -o calls calls.c 2>/dev/null; then
	printf '\n  %-26s' 'microseconds a call'
	printf ' %15s' "${ways[@]}"
	echo
	for call in 'open /etc/passwd' 'stat /etc/passwd' "open $HOME/hello.c" "stat $HOME/hello.c" \
		'stat /usr/nothing'; do
		printf '  %-26s' "${call/$HOME/\~}"
		for way in "${ways[@]}"; do
			# shellcheck disable=SC2086 # two words
			printf ' %15s' "$(under "$way" ./calls $call 2>/dev/null </dev/null)"
		done
		echo
	done
fi
