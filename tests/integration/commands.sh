#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The commands beside run: what they print, to whom, and with which exit status.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

rules_are_made_listed_and_removed() {
	local id

	mkdir "$HOME/work"
	echo token >"$HOME/.npmrc"
	must "$SRT_TOP" rules add --name t allow read "$HOME/.npmrc" >/dev/null
	must "$SRT_TOP" rules add t deny write '~/work' --json >rule
	is "$(jq -r '"\(.server) \(.verdict) \(.kind) \(.scope) \(.pattern) \(.for)"' rule)" \
		"t deny write dir $(realpath "$HOME/work") always" "the rule"
	must "$SRT_TOP" rules add --name=t allow connect '*.example.com' >/dev/null
	is "$("$SRT_TOP" rules --json --name t | jq -r .kind | sort | tr '\n' ' ')" "connect read write " "kinds"
	is "$("$SRT_TOP" rules list --denied --json | jq -r .pattern)" "$(realpath "$HOME/work")" "denied"
	run -m enforce -- cat "$HOME/.npmrc"
	is "$(<out)" token "output with the rule"
	id=$("$SRT_TOP" rules --json | jq 'select(.kind == "read") | .id')
	must "$SRT_TOP" rules rm "$id"
	must_not "$SRT_TOP" rules rm "$id" 2>err
	has "$(<err)" "no rule $id" "the line about it"
	run -m enforce -- cat "$HOME/.npmrc"
	is "$(<out)" "" "output without the rule"
}

rules_that_mean_nothing_are_refused() {
	local words

	while read -r -a words; do
		"$SRT_TOP" rules add --name t "${words[@]}" >out 2>err
		is "$?" 2 "exit status of: ${words[*]}"
		is "$(wc -l <err)" 1 "lines about: ${words[*]}"
		is "$(<out)" "" "standard output of: ${words[*]}"
	done <<-'END'
		allow connect *.com
		allow connect example.com --scope exact
		allow connect example.com:0
		allow connect exa%mple.com
		allow read /etc --scope host
		allow dns example.com
		ask read /etc
		allow read
		allow read /etc --for once
	END
	is "$("$SRT_TOP" rules)" "" "rules"
}

sessions_run_and_then_ran() {
	run_bg -m enforce -- sh -c 'while [ ! -e ~/go ]; do sleep 0.05; done; exit 3'
	wait_for live_session || fail "never listed as live"
	is "$("$SRT_TOP" sessions --json | jq -r .server)" t "server"
	is "$("$SRT_TOP" sessions --json --name other)" "" "sessions of another"
	: >"$HOME/go"
	wait_run
	is "$("$SRT_TOP" sessions --json | jq -r '"\(.live) \(.state) \(.status)"')" "false exited 3" "afterwards"
}

live_session() {
	"$SRT_TOP" sessions --json | jq -es 'any(.live and .state == "running")' >/dev/null
}

# The marker is bytes that would clear a terminal, and one that is not UTF-8.
hostile_names_reach_no_terminal() {
	local name=$'a\e[2J\xff\u202e'

	run -m enforce -- "$PROBE" create "$HOME/$name"
	"$SRT_TOP" events >text
	"$SRT_TOP" events --json >json
	grep -q 'a\\x1b\[2J\\xff\\u{202e}' text || fail "not escaped: $(cat -v text)"
	has "$(<json)" 'a\u001b[2J\udcff\u202e' "JSON"
	must_not grep -qP '[^\x20-\x7e]' json
}

following_pending_tells_each_question_once() {
	local file

	echo token >"$HOME/.npmrc"
	echo other >"$HOME/.netrc"
	"$SRT_TOP" pending --json --follow >followed &
	run_bg -m ask --hold 20 -- sh -c 'cat ~/.npmrc; cat ~/.netrc'
	for file in .npmrc .netrc; do
		wait_for said "$file" followed || fail "never told of $file"
		answer read "$HOME/$file" deny
	done
	wait_run
	is "$(jq -r .object followed)" "$HOME/.npmrc
$HOME/.netrc" "questions"
}

following_ends_with_its_reader() {
	run -m enforce -- "$PROBE" create "$HOME/x"
	timeout 20 "$SRT_TOP" events --follow | head -n 1 >first
	is "${PIPESTATUS[0]}" 0 "exit status"
	must test -s first
}

a_full_disk_is_told() {
	run -m enforce -- "$PROBE" create "$HOME/x"
	"$SRT_TOP" events >/dev/full 2>err
	is "$?" 1 "exit status"
	is "$(wc -l <err)" 1 "lines about it"
}

wrong_use_is_a_line_and_2() {
	local words

	while read -r -a words; do
		"$SRT_TOP" "${words[@]}" >out 2>err
		is "$?" 2 "exit status of: ${words[*]}"
		is "$(wc -l <err)" 1 "lines about: ${words[*]}"
		is "$(<out)" "" "standard output of: ${words[*]}"
	done <<-'END'
		no-such-command
		--no-such-option
		sessions --no-such-option
		events --js
		events --json=yes
		pending something
		rules something
		rules rm
		answer
		answer 1-a.1
		check
		export
		export a b
		export a --reads half
		doctor x
	END
}

help_is_no_error() {
	local word

	must "$SRT_TOP" --help >out
	while read -r word; do
		has "$(<out)" "  $word" "the commands"
		must "$SRT_TOP" "$word" --help >"$word.help"
		has "$(<"$word.help")" "usage: srt-top $word" "usage"
	done < <(printf '%s\n' run sessions pending answer events rules export check doctor)
	is "$("$SRT_TOP" --version | wc -l)" 1 "lines of --version"
}

export_follows_no_link() {
	run -m enforce -- true
	echo mine >target
	ln -s target link
	must_not "$SRT_TOP" export t -o link 2>err
	has "$(<err)" "symbolic link" "the line about it"
	is "$(<target)" mine "what the link leads to"
	must_not "$SRT_TOP" export t -o missing/file 2>err
	is "$(wc -l <err)" 1 "lines about it"
}

check_tells_what_a_file_allows() {
	settings "~/work"
	must "$SRT_TOP" check settings.json >out
	has "$(<out)" "~/work" "words"
	is "$("$SRT_TOP" check --json settings.json | jq -c '[.valid, .allowWrite]')" '[true,["~/work"]]' "JSON"
	echo '{' >broken.json
	must_not "$SRT_TOP" check broken.json 2>err
	has "$(<err)" broken.json "the line about it"
	must_not "$SRT_TOP" check --json broken.json >out
	is "$(jq .valid out)" false "valid"
}

doctor_finds_what_the_sandbox_needs() {
	must "$SRT_TOP" doctor --json >out
	is "$(jq '.ok' out)" true "all that is required"
	is "$(jq -c '[.items[] | select(.required and (.ok | not))]' out)" '[]' "missing"
	mkdir bin
	PATH=$PWD/bin "$SRT_TOP" doctor >text
	is "$?" 1 "exit status without bwrap"
	has "$(<text)" "MISSING  bubblewrap" "without bwrap"
	has "$(<text)" "install it" "the fix"
}

test_case "rules are made, listed, heeded and removed" rules_are_made_listed_and_removed
test_case "rules that mean nothing are refused" rules_that_mean_nothing_are_refused
test_case "sessions lists what runs, and what ran" sessions_run_and_then_ran
test_case "hostile names reach no terminal" hostile_names_reach_no_terminal
test_case "pending --follow tells each question once" following_pending_tells_each_question_once
test_case "events --follow ends with its reader" following_ends_with_its_reader
test_case "output that cannot be written is told" a_full_disk_is_told
test_case "wrong use: one line and exit status 2" wrong_use_is_a_line_and_2
test_case "--help and --version are no errors" help_is_no_error
test_case "export -o follows no link" export_follows_no_link
test_case "check tells what a file allows" check_tells_what_a_file_allows
test_case "doctor finds what the sandbox needs" doctor_finds_what_the_sandbox_needs
test_end
