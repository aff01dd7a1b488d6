# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sourced by the benchmarks: where things are, and a home directory of their own that goes with them.
# What is listed in ${started[@]} is ended with them, too.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
build=${SRT_TEST_BUILD:-$top/build}
case $build in /*) ;; *) build=$top/$build ;; esac
# shellcheck disable=SC2034 # for who sources it
srt_top=$build/srt-top

work=$(mktemp -d /tmp/srt-top-bench.XXXXXX) || exit 1
started=()
clean_up() {
	[ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null
	wait
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
export HOME=$work/home SRT_TOP_RUNTIME_DIR=$work/run LC_ALL=C
unset XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR SRT_TOP_DB
mkdir -m 700 "$HOME" "$SRT_TOP_RUNTIME_DIR"
cd "$HOME" || exit 1

# Upstream's command: $SRT_UPSTREAM, or from its registry, or nothing.
find_upstream() {
	upstream=${SRT_UPSTREAM:-}
	if [ -z "$upstream" ] && type -P npm socat rg >/dev/null &&
		npm install --silent --no-fund --no-audit --prefix "$work/npm" \
			@anthropic-ai/sandbox-runtime@0.0.83 >/dev/null 2>&1; then
		upstream=$work/npm/node_modules/.bin/srt
	fi
}
