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
	is $STATUS 0 "status of the run: $(<err)"
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

test_case "under its own export nothing changes" the_export_changes_nothing
test_case "what another file would refuse is listed, with status 1" what_a_file_changes_is_listed
test_end
