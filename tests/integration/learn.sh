#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What was learned is judged again, and proved.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

prepare() {
	mkdir -p "$HOME/data" "$HOME/out" "$HOME/.ssh"
	echo one >"$HOME/data/one"
	echo two >"$HOME/data/two"
	echo key >"$HOME/.ssh/id_ed25519"
	settings "~/out" "" "" "" ""
	mv settings.json open.json
}

record() {
	run -s open.json -- "$PROBE" read "$HOME/data/one" , append "$HOME/out/file" , read "$HOME/.ssh/id_ed25519"
	is "$STATUS" 0 "status of the run: $(<err)"
}

the_export_changes_nothing() {
	prepare
	echo old >"$HOME/out/file"
	record
	must "$SRT_TOP" export t -o exported.json
	must "$SRT_TOP" verify t -s exported.json >out
	has "$(tail -n 1 out)" " 0 newly refused, 0 newly allowed" "the summary"
	must "$SRT_TOP" verify t >out
	has "$(tail -n 1 out)" " 0 newly refused, 0 newly allowed" "the summary without a file"
}

what_a_file_changes_is_listed() {
	prepare
	echo old >"$HOME/out/file"
	record
	settings "" "" "~/data" "" ""
	"$SRT_TOP" verify t -s settings.json >out
	is $? 1 "status where something would be refused"
	has "$(<out)" "newly refused  read   ~/data/one" "the list"
	has "$(<out)" "newly refused  write  ~/out/file" "the list"
	"$SRT_TOP" verify t -s settings.json --json >json
	is $? 1 "status with --json"
	is "$(jq -r 'select(.change == "refused") | .object' json | sort | tr '\n' ' ')" \
		"$HOME/data/one $HOME/out/file " "what is refused"
	is "$(tail -n 1 json | jq -c '[.refused, .allowed]')" "[2,0]" "the last line"
	is "$(jq -r 'select(.kind == "read") | .why' json)" "denyRead ~/data" "why"
	must_not "$SRT_TOP" verify t -s missing.json 2>err
	has "$(<err)" "missing.json does not exist" "the message"
	must_not "$SRT_TOP" verify nobody 2>err
	has "$(<err)" "nothing is recorded" "the message"
}

each_entry_is_tried() {
	prepare
	mkdir "$HOME/spare"
	cat >work.sh <<-END
		cat "$HOME/data/one" >/dev/null || exit 3
		echo new >>"$HOME/out/file"
	END
	export TMPDIR=$CASE
	settings "~/out" "" "~" "~/data/one ~/spare" "never.example.org"
	run -- true
	"$SRT_TOP" prove t -s settings.json --json --most 2 -- sh "$PWD/work.sh" >first 2>err || fail "$(<err)"
	is "$(jq -r 'select(.runs > 0) | .entry' first | tr '\n' ' ')" "never.example.org ~/data/one " "tried first"
	has "$(<err)" "goes on from here" "the bound"
	"$SRT_TOP" prove t -s settings.json --json -- sh "$PWD/work.sh" >second 2>err || fail "$(<err)"
	is "$(jq -r 'select(.list and .runs == 1 and .needed == 0) | .entry' second | tr '\n' ' ')" \
		"never.example.org ~/spare " "never needed"
	is "$(jq -r 'select(.needed == 1) | .entry' second | tr '\n' ' ')" "~/data/one ~/out " "needed"
	is "$(jq -r 'select(.entry == "~/data/one") | .why' second)" "read $HOME/data/one is refused" "why"
	"$SRT_TOP" prove t -s settings.json -- sh "$PWD/work.sh" >words 2>err || fail "$(<err)"
	has "$(<words)" "never needed  allowRead       ~/spare" "the table"
	is "$(jq -c 'select(.together) | [.together, .runs, .needed]' second)" "[2,1,0]" "without both"
	has "$(<words)" "works without all 2 that are never needed" "what is said of that"
	is "$(wc -l <"$HOME/out/file")" 6 "runs that wrote: three with the whole file, and three without what they do not need"
	is "$("$SRT_TOP" events --json --name t --denied)" "" "denials of the server itself"
	must_not compgen -G "$TMPDIR/srt-top-prove-*" >/dev/null
}

# Each of them serves where the other is not there.
one_of_two_is_needed() {
	prepare
	settings "" "" "~/data" "~/data/one ~/data/* ~/data/o*"
	run -- true
	"$SRT_TOP" prove t -s settings.json --json --runs 2 -- cat "$HOME/data/one" >out 2>err || fail "$(<err)"
	is "$(jq -c 'select(.list) | [.entry, .runs, .needed]' out)" '["~/data/one",2,0]
["~/data/*",2,0]
["~/data/o*",2,0]' "one by one"
	is "$(jq -c 'select(.together) | [.together, .needed]' out)" "[3,1]" "together"
	has "$("$SRT_TOP" prove t -s settings.json --runs 2 -- cat "$HOME/data/one")" "Drop them one at a time" "the words"
}

the_entries_of_every_list_are_tried() {
	local socket=$HOME/out/socket

	type -P python3 >/dev/null || skip "python3 is not there"

	prepare
	settings "~/out" "" "" "" ""
	jq --arg socket "$socket" '.network.allowUnixSockets = [$socket, "/never/used"]' settings.json >with.json
	run -- true
	python3 -c 'import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
print("ready", flush=True)
while True: server.accept()[0].close()' "$socket" >ready &
	remember $!
	wait_for said ready ready
	"$SRT_TOP" prove t -s with.json --json -- "$PROBE" unix "$socket" >out 2>err || fail "$(<err)"
	is "$(jq -r 'select(.list == "allowUnixSockets") | "\(.entry) \(.needed)"' out)" "$socket 1
/never/used 0" "what is needed"
}

a_bar_shows_how_far_it_is() {
	type -P script >/dev/null || skip "script is not there"
	prepare
	settings "~/out" "" "" "" "never.example.org"
	run -- true
	must script -qec "'$SRT_TOP' prove t -s settings.json -- true" /dev/null >out
	has "$(<out)" "[......" "the bar at the start"
	has "$(<out)" "[#############.......] 3 of 3: without allowWrite ~/out" "the bar at the last run"
	has "$(<out)" "never needed" "the table"
}

has_lines() { # has_lines FILE NUMBER
	[ "$(wc -l <"$1")" -eq "$2" ]
}

a_proof_is_interrupted_and_goes_on() {
	prepare
	settings "~/out" "" "" "" "a.example.org b.example.org"
	run -- true
	# Waits for a file without the second host, which never comes in time.
	cat >work.sh <<-END
		echo run >>"$HOME/out/runs"
		until [ "\$(wc -l <"$HOME/out/runs")" -ne 2 ]; do sleep 0.1; done
	END
	"$SRT_TOP" prove t -s settings.json -- sh "$PWD/work.sh" >out 2>err &
	RUN=$!
	remember "$RUN"
	wait_for said "without allowedDomains a.example.org" err || fail "$(<err)"
	wait_for has_lines "$HOME/out/runs" 2
	kill -TERM "$RUN"
	wait "$RUN"
	is $? 1 "status of what was interrupted"
	has "$(<err)" "the same command goes on from here" "the message"
	must "$SRT_TOP" prove t -s settings.json --json -- sh "$PWD/work.sh" >out 2>err
	is "$(jq -s 'map(select(.list).runs) | add' out)" 3 "runs that were counted"
}

what_is_new_since_the_export_is_told() {
	prepare
	run -- "$PROBE" read "$HOME/data/one"
	must_not grep -q "new since" <("$SRT_TOP" sessions)
	must "$SRT_TOP" export t -o exported.json
	run -m enforce -s exported.json -- "$PROBE" read "$HOME/data/one"
	is "$("$SRT_TOP" sessions --json --name t | jq .new_since_export | sort -u)" 0 "nothing new"
	run -m enforce -s exported.json -- "$PROBE" read "$HOME/data/two"
	must_be_denied read "$HOME/data/two"
	has "$("$SRT_TOP" sessions)" "t: 1 new since its export of" "sessions"
	is "$("$SRT_TOP" sessions --json --name t | jq .new_since_export | sort -u)" 1 "sessions as JSON"
	"$SRT_TOP" export t --explain >out 2>explanation
	has "$(<explanation)" ": read ~/data/two by " "the explanation"
}

a_changed_program_is_told() {
	local package=$HOME/app/node_modules/@me/server

	prepare
	mkdir -p "$package"
	echo '{"name": "@me/server", "version": "1.2.3"}' >"$package/package.json"
	printf '#!/bin/sh\ncat "%s/package.json" >/dev/null\n' "$package" >"$package/run"
	chmod +x "$package/run"
	run -- "$package/run"
	must "$SRT_TOP" export t -o exported.json
	is "$("$SRT_TOP" sessions --json --name t | jq -c .changed_since_export)" null "before"
	echo '{"name": "@me/server", "version": "1.3.0-rc1"}' >"$package/package.json"
	echo true >>"$package/run"
	has "$("$SRT_TOP" sessions)" "t: since its export $package/package.json is version 1.3.0-rc1, and was 1.2.3" "sessions"
	is "$("$SRT_TOP" sessions --json --name t | jq '.changed_since_export | length')" 2 "sessions as JSON"
	rm "$package/run"
	"$SRT_TOP" export t --explain >out 2>explanation
	has "$(<explanation)" "$package/run is gone" "the explanation"
}

drift_of() { # drift_of OBJECT [ARGUMENT OF events]
	"$SRT_TOP" events --json --name t | jq -c --arg object "$1" 'select(.object == $object) | .drift' | tail -n 1
}

an_event_says_that_it_is_new() {
	prepare
	mkdir "$HOME/hidden"
	echo four >"$HOME/data/four"
	echo three >"$HOME/hidden/three"
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$PROBE" >program
	chmod +x program
	settings "~/out" "" "~/hidden" "" ""
	run -m enforce -s settings.json -- "$PWD/program" read "$HOME/data/one" , read "$HOME/hidden/three"
	is "$(drift_of "$HOME/hidden/three")" null "before there is an export"
	must "$SRT_TOP" export t -o exported.json
	run -m enforce -s exported.json -- "$PWD/program" read "$HOME/data/two" , read "$HOME/hidden/three"
	is "$(drift_of "$HOME/data/two")" '"new since export"' "what is new"
	is "$(drift_of "$HOME/hidden/three")" null "what was refused before the export too"
	has "$("$SRT_TOP" events --name t)" " (new since export)" "events as text"
	run -m enforce -s settings.json -- "$PWD/program" append "$HOME/data/one"
	is "$(drift_of "$HOME/data/one")" '"new since export"' "a write of what was read"
	echo true >>program
	run_bg -m ask --hold 30 -s settings.json -- "$PWD/program" append "$HOME/data/four"
	wait_question write "$HOME/data/four" >/dev/null
	is "$(pending | jq -r .drift)" "new since export: $PWD/program has changed" "the question"
	has "$("$SRT_TOP" pending)" "new since export: " "questions as text"
	answer write "$HOME/data/four" deny
	wait_run
}

test_case "an event and a question say what is new since the export" an_event_says_that_it_is_new
test_case "a program that has changed since the export is told" a_changed_program_is_told
test_case "what is new since the export is told" what_is_new_since_the_export_is_told
test_case "each entry is left out once, and what is needed is told" each_entry_is_tried
test_case "a bar shows how far a proof is" a_bar_shows_how_far_it_is
test_case "what is needed only together is found out" one_of_two_is_needed
test_case "the entries of every list are left out" the_entries_of_every_list_are_tried
test_case "a proof that is interrupted goes on where it was" a_proof_is_interrupted_and_goes_on
test_case "under its own export nothing changes" the_export_changes_nothing
test_case "what another file would refuse is listed, with status 1" what_a_file_changes_is_listed
test_end
