#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Real MCP servers, driven by the official client library: they work when asked about, and then
# with the exported settings alone. Run by `make check-real`, which installs them.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

DRIVE=$(cd "$(dirname "$0")" && pwd)/drive.mjs

drive() { # drive OUT SERVER RUN [WORDS...]
	local out=$1 server=$2 run=$3

	shift 3
	timeout 200 node "$DRIVE" "$server" "$run" -- "$@" >"$out" 2>"err-$out" || {
		cat "$out" "err-$out"
		fail "$server failed: $*"
	}
}

prepare() {
	[ -n "${SRT_TEST_NPM:-}" ] || fail "SRT_TEST_NPM is not set: run this by make check-real"
	[ ! -e "$SRT_TEST_NPM/unavailable" ] || skip "$(<"$SRT_TEST_NPM/unavailable")"
	mkdir "$HOME/files" "$HOME/.ssh"
	echo "a letter" >"$HOME/files/letter.txt"
	echo key >"$HOME/.ssh/id_ed25519"
}

works_without_a_sandbox() { # so that a failure below is ours
	prepare
	drive direct "$1" direct
}

works_when_asked_about_and_then_with_the_export() {
	prepare
	SRT_TOP_ANSWER=$SRT_TOP drive asked "$1" asked "$SRT_TOP" run -n "$1" -m ask --hold 30 --
	must "$SRT_TOP" export "$1" >settings.json
	cat asked settings.json
	drive exported "$1" exported "$SRT_TOP" run -n exported -m enforce -s settings.json --
	is "$("$SRT_TOP" events --json --denied --name exported)" "" "denials with the export"
	# A bystander is still out of reach.
	"$SRT_TOP" run -n bystander -m enforce -s settings.json -- cat "$HOME/.ssh/id_ed25519" >out 2>err
	is "$(<out)" "" "a private key with the export"
}

writes_are_refused_in_enforce_mode() {
	prepare
	timeout 200 node "$DRIVE" filesystem refused -- "$SRT_TOP" run -n t -m enforce -- >out 2>err
	must grep -qx "ok initialize" out
	must grep -q "^not ok tools/call write_file" out
	must grep -q "^ok tools/call read_text_file" out
	must_not compgen -G "$HOME/files/new-*" >/dev/null
	is "$(events | jq -r 'select(.kind == "write" and .verdict == "deny") | .object' |
		grep -c "^$HOME/files")" "$(events | jq -r 'select(.kind == "write" and .verdict == "deny") | .object' | wc -l)" \
		"denied writes below the served directory"
	[ -n "$("$SRT_TOP" events --json --denied --name t)" ] || fail "no denial in the history"
}

for server in filesystem memory everything; do
	test_case "$server works without a sandbox" works_without_a_sandbox $server
	test_case "$server works when asked about, and then with the export alone" \
		works_when_asked_about_and_then_with_the_export $server
done
test_case "filesystem is refused writes in enforce mode, and reads on" writes_are_refused_in_enforce_mode
test_end
