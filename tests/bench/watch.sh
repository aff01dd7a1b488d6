#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What watching costs, for `make bench`: the same work under the very bwrap command line that
# `srt-top run` uses, under `srt-top run` at each level, and under strace, in interleaved rounds. The
# work is timed inside, so that what the start takes is shown once, by itself. Where nothing is hidden
# opens for reading are left alone ("everyday"). Where something is, those that are refused are seen by
# the masks (FUSE): "masks", or have to be notified: "notified"; or the history tells what was read:
# "reads". "Empty" is bwrap with the same opens notified to somebody who looks at nothing: less than
# that no notified open can cost on this machine.
# Shown are medians in ms and, behind them, ratios to the bwrap command line; and what one watched
# call costs.
#
#   tests/bench/watch.sh [ROUNDS [REGEX]]      only what matches
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=${1:-${BENCH_ROUNDS:-11}}
only=${2:-.}

export TMPDIR=$work/home/tmp
mkdir "$TMPDIR" "$HOME/secret"
# Where it is missing its name is kept free by a file that git cannot read.
: >"$HOME/.gitconfig"
policy() { # policy HIDDEN
	printf '{"network":{"allowedDomains":[],"deniedDomains":[]},"filesystem":{"denyRead":[%s],"allowWrite":["~"],"denyWrite":[]}}' \
		"$1"
}
policy '' >"$work/open.json"
policy '"~/secret"' >"$work/hides.json"

bwrap_words=()
mapfile -d '' -t bwrap_words < <("$srt_top" run --print-bwrap -s "$work/hides.json" -m enforce -- XX)
[ ${#bwrap_words[@]} -gt 1 ] || {
	echo "watch: no bwrap command line" >&2
	exit 1
}
unset 'bwrap_words[-1]'

watched() { # watched SETTINGS LEVEL COMMAND...
	"$srt_top" run -n bench -s "$work/$1.json" -m enforce --watch "$2" -- "${@:3}"
}

# With the same environment on both sides: npm does other work where it is told of a proxy.
inside=()
while IFS='=' read -r -d '' name value; do
	inside+=(--setenv "$name" "$value")
done < <(watched open everyday env -0 </dev/null)
bwrap_words=("${bwrap_words[0]}" --clearenv "${inside[@]}" "${bwrap_words[@]:1}")

under() { # under WAY COMMAND...
	local way=$1

	shift
	case $way in
	bwrap) "${bwrap_words[@]}" "$@" ;;
	everyday) watched open everyday "$@" ;;
	masks) watched hides refused "$@" ;;
	notified) SRT_TOP_WITHOUT=fuse watched hides refused "$@" ;;
	reads) watched hides everyday "$@" ;;
	full) watched hides full "$@" ;;
	empty) "$build/tests/bench/empty_notify" "${bwrap_words[@]}" "$@" ;;
	strace) strace -f --seccomp-bpf -e trace=file -o /dev/null "$@" ;;
	esac
}

ways=(bwrap everyday masks empty notified reads full)
if type -P strace >/dev/null && strace -f --seccomp-bpf -o /dev/null true 2>/dev/null; then
	ways+=(strace)
else
	echo "watch: strace is not to be had; left out" >&2
fi

# Microseconds of a command that runs so many times, by the shell that runs it.
cat >"$work/home/timed" <<'END'
began=$EPOCHREALTIME
for ((i = 0; i < $1; i++)); do
	"${@:2}" >/dev/null 2>&1 </dev/null || exit 1
done
ended=$EPOCHREALTIME
echo $(((${ended/./} - ${began/./}) / $1))
END

median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END {
		printf "%.1f", (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) / 1000 }'
}

# The median of the rounds' own ratios: what else the machine does meets both sides of one.
ratio() {
	paste "$1" "$2" | awk '$2 > 0 { print $1 / $2 }' | sort -n | awk '{ v[NR] = $1 } END {
		printf "%.2f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

report() { # report LABEL: of the times that were taken
	local way

	printf '  %-26s' "$1"
	for way in "${ways[@]}"; do
		printf ' %9s %5s' "$(median "$work/time.$way")" \
			"$([ "$way" = bwrap ] || ratio "$work/time.$way" "$work/time.bwrap")"
	done
	echo
}

# Another way is the first in each round, and every other round goes backwards: none always comes after
# the one that left the machine busy.
order_of_round() { # order_of_round NUMBER: into $order
	local count=${#ways[@]} step

	order=()
	for ((step = 0; step < count; step++)); do
		if (($1 % 2)); then
			order=("${ways[($1 + step) % count]}" "${order[@]}")
		else
			order+=("${ways[($1 + step) % count]}")
		fi
	done
}

compare() { # compare LABEL TIMES COMMAND...: so many times in one sandbox
	local label=$1 way

	shift
	[[ $label =~ $only ]] || return 0
	rm -f "$work"/time.*
	for ((i = 0; i < rounds; i++)); do
		order_of_round "$i"
		for way in "${order[@]}"; do
			under "$way" bash "$HOME/timed" "$@" >>"$work/time.$way" 2>"$work/err" </dev/null || {
				tail -n 1 "$work/err" >&2
				printf '  %-26s does not run (%s); left out\n' "$label" "$way"
				return 0
			}
		done
	done
	report "$label"
}

start() { # the start alone
	local way began ended

	[[ start =~ $only ]] || return 0
	rm -f "$work"/time.*
	for ((i = 0; i < rounds; i++)); do
		order_of_round "$i"
		for way in "${order[@]}"; do
			began=$EPOCHREALTIME
			under "$way" true </dev/null
			ended=$EPOCHREALTIME
			echo $((${ended/./} - ${began/./})) >>"$work/time.$way"
		done
	done
	report start
}

echo "machine: $(uname -sr), $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg), $rounds rounds"
printf '\n  %-26s' 'ms, and times bwrap'
printf ' %9s      ' "${ways[@]}"
echo

start
printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) { puts("x"); return 0; }\n' >hello.c
type -P gcc >/dev/null &&
	compare 'gcc hello.c' 3 gcc -O1 -o hello hello.c

if type -P git >/dev/null; then
	mkdir tree
	for ((i = 0; i < 100; i++)); do
		mkdir "tree/d$i"
		(cd "tree/d$i" && seq -f 'file%g' 100 | xargs touch)
	done
	(cd tree && git init -q . && git add . && git -c user.name=a -c user.email=a@b.test commit -qm one)
	compare 'git status, 10,000 files' 5 git -C tree status
fi
if type -P npm >/dev/null; then
	compare 'npm ls -g' 2 sh -c 'npm ls -g || true'
fi
type -P python3 >/dev/null &&
	compare 'python imports' 4 python3 -c 'import json, email, http.client, sqlite3, xml.dom.minidom, asyncio'
# Some of it is closed to everyone but its owner.
compare 'find /usr' 1 sh -c 'find /usr -newer /etc/hostname || true'

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
			else if (strcmp(argv[1], "openat") == 0)
				close(openat(0, argv[2], O_RDONLY));
			else if (strcmp(argv[1], "lstatat") == 0)
				fstatat(0, argv[2], &st, AT_SYMLINK_NOFOLLOW);
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
		'stat /usr/nothing' 'openat passwd' 'lstatat passwd'; do
		[[ $call =~ $only ]] || continue
		printf '  %-26s' "${call/$HOME/\~}"
		for way in "${ways[@]}"; do
			# shellcheck disable=SC2086 # two words
			printf ' %15s' "$(under "$way" ./calls $call 2>/dev/null </etc)"
		done
		echo
	done
fi
