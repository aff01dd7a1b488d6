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

# All that the server is made of lies in a home directory that the export hides.
prepare_at_home() {
	prepare
	cp -R "$SRT_TEST_NPM" "$HOME/npm"
	export SRT_TEST_NPM=$HOME/npm
	mkdir "$HOME/.aws" "$HOME/other"
	echo decoy >"$HOME/.aws/credentials"
	echo decoy >"$HOME/other/file"
}

learn_at_home() { # learn_at_home SERVER: to settings.json
	SRT_TOP_ANSWER=$SRT_TOP drive asked "$1" asked "$SRT_TOP" run -n "$1" -m ask --hold 30 --
	must "$SRT_TOP" export "$1" -o settings.json
	cat asked settings.json
	has "$(jq -c .filesystem.denyRead settings.json)" '"~"' "what is hidden"
	must "$SRT_TOP" verify "$1" -s settings.json
}

works_out_of_a_hidden_home() {
	prepare_at_home
	learn_at_home "$1"
	drive exported "$1" exported "$SRT_TOP" run -n exported -m enforce -s settings.json --
	is "$("$SRT_TOP" events --json --denied --name exported)" "" "denials with the export"
	"$SRT_TOP" run -n bystander -m enforce -s settings.json -- \
		cat "$HOME/.aws/credentials" "$HOME/other/file" "$HOME/.ssh/id_ed25519" >out 2>err
	is "$(<out)" "" "decoys with the export"
}

works_under_upstream_too() {
	local upstream

	prepare_at_home
	upstream=$HOME/npm/node_modules/.bin/srt
	for program in rg socat; do
		command -v "$program" >/dev/null || skip "upstream needs $program, which is not here"
	done
	PATH=$HOME/npm/node_modules/.bin:$PATH learn_at_home "$1"
	drive upstream "$1" upstream "$upstream" -s "$PWD/settings.json" --
	"$upstream" -s "$PWD/settings.json" -- cat "$HOME/.aws/credentials" "$HOME/other/file" >out 2>err
	is "$(<out)" "" "decoys with the export"
}

learned_it_works_here_and_under_upstream() {
	local upstream

	prepare_at_home
	upstream=$HOME/npm/node_modules/.bin/srt
	PATH=$HOME/npm/node_modules/.bin:$PATH
	SRT_TOP_ANSWER=$SRT_TOP drive learned "$1" asked "$SRT_TOP" learn -n "$1" --hold 30 --
	must "$SRT_TOP" export "$1" -o settings.json
	cat settings.json
	must "$SRT_TOP" verify "$1" -s settings.json
	must_not grep -q 'other/file\|\.aws/' <(jq -r '.filesystem | .allowRead[]?, .allowWrite[]?' settings.json)
	"$SRT_TOP" review "$1" --keep none >dropped 2>&1
	drive exported "$1" exported "$SRT_TOP" run -n exported -m enforce -s settings.json --
	is "$("$SRT_TOP" events --json --denied --name exported)" "" "denials with the export"
	for program in rg socat; do
		command -v "$program" >/dev/null || skip "upstream needs $program, which is not here"
	done
	drive upstream "$1" upstream "$upstream" -s "$PWD/settings.json" --
	"$upstream" -s "$PWD/settings.json" -- cat "$HOME/.aws/credentials" "$HOME/other/file" >out 2>err
	is "$(<out)" "" "decoys with the export"
}

a_program_behind_a_link_is_found() {
	prepare_at_home
	PATH=$HOME/npm/node_modules/.bin:$PATH
	"$SRT_TOP" run -n linked -- mcp-server-memory <<<'' >out 2>err || fail "$(<err)"
	must "$SRT_TOP" export linked -o settings.json
	cat settings.json
	"$SRT_TOP" run -n exported -m enforce -s settings.json -- mcp-server-memory <<<'' >out 2>err || fail "$(<err)"
	is "$("$SRT_TOP" events --json --denied --name exported)" "" "denials with the export"
}

# Answers every question with allow, as narrowly as can be, for as long as the command runs.
while_all_is_allowed() { # while_all_is_allowed COMMAND...
	local id kind scope rows status

	"$@" &
	RUN=$!
	remember "$RUN"
	while ! gone "$RUN"; do
		rows=$(pending 2>/dev/null)
		[ -z "$rows" ] || while read -r id kind; do
			scope=exact
			[ "$kind" != write ] || scope=dir
			"$SRT_TOP" answer "$id" allow --scope "$scope" --for always >>answers 2>&1
		done < <(jq -r '"\(.id) \(.kind)"' <<<"$rows")
		pause 0.05
	done
	wait "$RUN"
}

npx_works_out_of_a_hidden_home() {
	local server=@modelcontextprotocol/server-memory

	prepare
	mkdir -p "$HOME/src"
	cd "$HOME/src" || fail "no directory"
	export npm_config_update_notifier=false
	# The package is in the cache then, as it is on the machine of whoever uses it.
	timeout 200 npx -y "$server" </dev/null >out 2>"$CASE/err" || skip "registry: npx did not succeed"
	must while_all_is_allowed "$SRT_TOP" run -n npx -m ask --hold 30 -- npx -y "$server" </dev/null >out 2>"$CASE/err"
	must "$SRT_TOP" export npx -o "$CASE/settings.json"
	cat "$CASE/settings.json"
	must "$SRT_TOP" verify npx -s "$CASE/settings.json"
	"$SRT_TOP" run -n exported -m enforce -s "$CASE/settings.json" -- npx -y "$server" </dev/null \
		>out 2>"$CASE/err" || fail "npx with the export: $(<"$CASE/err")"
	is "$("$SRT_TOP" events --json --denied --name exported)" "" "denials with the export"
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
	test_case "$server works out of a home directory that its export hides" \
		works_out_of_a_hidden_home $server
	test_case "$server works with its export under upstream too" works_under_upstream_too $server
	test_case "$server is learned, and works with its export here and under upstream" \
		learned_it_works_here_and_under_upstream $server
done
test_case "a program behind a link is found with its export" a_program_behind_a_link_is_found
test_case "a server that npx starts works with its export" npx_works_out_of_a_hidden_home
test_case "filesystem is refused writes in enforce mode, and reads on" writes_are_refused_in_enforce_mode
test_end
