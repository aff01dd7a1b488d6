#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs the same commands under upstream's srt and under ours, and shows where output, exit status or
# the files left behind differ. Not a test: upstream's behaviour on this machine is the measure.
#
#   tests/compare/compare.sh [-v] [REGEX]      (make compare)
#
#   SRT_UPSTREAM  upstream's command; without it the package is fetched with npm
#
# A case is a function of this file whose name begins with "case_": it sets up the working
# directory and calls `srt` as often as it likes. Differences that are meant are in `intended`.
set -u
export LC_ALL=C

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
build=${SRT_TEST_BUILD:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
verbose=0
[ "${1-}" != -v ] || {
	verbose=1
	shift
}
only=${1:-.}
work=$(mktemp -d /tmp/srt-compare.XXXXXX) || exit 1
trap 'chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
for variable in HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy \
	SRT_DEBUG CLAUDE_CODE_TMPDIR CLAUDE_TMPDIR GIT_CONFIG_COUNT JAVA_TOOL_OPTIONS XDG_RUNTIME_DIR \
	XDG_STATE_HOME XDG_CONFIG_HOME SRT_TOP_DB SRT_TOP_RUNTIME_DIR; do
	unset "$variable"
done

if [ -z "${SRT_UPSTREAM:-}" ]; then
	for tool in npm node socat rg; do
		command -v "$tool" >/dev/null || {
			echo "compare: upstream needs $tool, which is not here" >&2
			exit 77
		}
	done
	mkdir "$work/npm"
	npm install --silent --no-fund --no-audit --prefix "$work/npm" \
		@anthropic-ai/sandbox-runtime@0.0.83 >"$work/npm.log" 2>&1 || {
		echo "compare: the registry does not give upstream's package" >&2
		exit 77
	}
	SRT_UPSTREAM=$work/npm/node_modules/.bin/srt
fi
ln -s "$build/srt-top" "$work/srt"

# What differs on purpose, and why.
declare -A intended=(
	[allow_read_over_write]="an allowWrite inside an allowRead stays writable"
	[deny_both]="what is hidden is read-only: nothing written there is lost without a word"
	[deny_write_in_hidden]="the same"
	[write_above_read_deny]="the same"
	[write_file_in_read_deny]="the same"
	[deny_root_pattern]="a pattern that begins at the root hides what it says"
	[deny_write_glob]="patterns in denyWrite are expanded"
	[mandatory_empty_dirs]="empty directories are seen"
	[duplicate_keys]="two readings of one file are none"
	[trailing_text]="the same"
	[proc_sys]="the kernel's switches are closed"
	[write_root]="the same"
	[status_lines]="as root: no capabilities but those over root's own files"
	[namespaces]="the same"
	[deny_unreadable_parent]="the same"
	[identity]="the user namespace is one below bwrap's own"
	[processes]="fewer processes of our own are inside"
)

# --- what cases use ---

settings() { # settings [NAME=JSON]...: ad dd dr ar aw dw, net fs top: further members
	local ad='[]' dd='[]' dr='[]' aw='[]' dw='[]' net='' fs='' top='' part

	for part in "$@"; do
		case $part in
		ad=*) ad=${part#*=} ;;
		dd=*) dd=${part#*=} ;;
		dr=*) dr=${part#*=} ;;
		ar=*) fs+=",\"allowRead\":${part#*=}" ;;
		aw=*) aw=${part#*=} ;;
		dw=*) dw=${part#*=} ;;
		net=*) net=${part#*=} ;;
		fs=*) fs+=${part#*=} ;;
		top=*) top=${part#*=} ;;
		esac
	done
	printf '{"network":{"allowedDomains":%s,"deniedDomains":%s%s},"filesystem":{"denyRead":%s,"allowWrite":%s,"denyWrite":%s%s}%s}' \
		"$ad" "$dd" "$net" "$dr" "$aw" "$dw" "$fs" "$top" >"$HOME/.srt-settings.json"
}

srt() { # srt ARGUMENT...: what came of it goes to the record
	local status fd

	# Descriptors of whoever runs this are not upstream's to close.
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 9 ] || exec {fd}>&-
	done
	"$SRT" "$@" </dev/null >"$work/out" 2>"$work/err"
	status=$?
	echo "status $status"
	sed 's/^/out /' "$work/out"
	# Names of processes and line numbers are the shell's; both run the same one.
	grep -v '^\[SandboxDebug\]' "$work/err" | sed 's/^/err /'
}

tree() { # tree DIRECTORY: names, types, modes and contents
	(cd "$1" && find . -printf '%P %y %m\n' -type f -size -4k -exec sed 's/^/  | /' {} \; | sort)
}

try() { # try SHELL-TEXT: under srt -c
	srt -c "$1"
}

for file in "$top"/tests/compare/cases/*.sh; do
	# shellcheck disable=SC1090 # all of the folder
	. "$file"
done

record() { # record CASE WHO COMMAND
	local root=$work/run

	chmod -R u+rwx "$root" 2>/dev/null
	rm -rf "$root"
	mkdir -p "$root/home/work" "$root/tmp"
	(
		export HOME=$root/home TMPDIR=$root/tmp SRT=$3
		cd "$HOME/work" || exit 1
		"case_$1"
		tree "$HOME"
		ls -A "$TMPDIR"
	) 2>&1 | grep -vE '^(\.local|\.srt-settings\.json)' >"$work/$2.txt"
}

same=0 different=0 meant=0
for name in $(compgen -A function case_); do
	name=${name#case_}
	[[ $name =~ $only ]] || continue
	record "$name" upstream "$SRT_UPSTREAM"
	record "$name" ours "$work/srt"
	if cmp -s "$work/upstream.txt" "$work/ours.txt"; then
		same=$((same + 1))
		[ $verbose -eq 0 ] || sed "s/^/  $name: /" "$work/ours.txt"
	elif [ -n "${intended[$name]:-}" ]; then
		meant=$((meant + 1))
		echo "meant    $name: ${intended[$name]}"
	else
		different=$((different + 1))
		echo "differs  $name"
		diff "$work/upstream.txt" "$work/ours.txt" | grep '^[<>]' | head -n 40 |
			sed 's/^</  upstream: /; s/^>/  ours:     /'
	fi
done
echo "$same same, $different differ, $meant differ on purpose"
[ $different -eq 0 ]
