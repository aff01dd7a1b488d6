#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The dashboard in tmux over real sandboxes: what is typed there decides the call that waits.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

command -v tmux >/dev/null || {
	echo "1..0 # SKIP no tmux"
	exit 0
}

on_tmux() {
	TMUX_TMPDIR=$CASE tmux -L live -f /dev/null "$@"
}

screen() {
	on_tmux capture-pane -p
}

shows() { # shows TEXT
	screen 2>/dev/null | grep -qF -- "$1"
}

shows_not() {
	! shows "$1"
}

must_show() {
	wait_for shows "$1" || fail "never on the screen: $1"$'\n'"$(screen)"
}

# In a terminal of 80x24: open COMMAND...; its exit status comes to the file "status".
open() {
	on_tmux new-session -d -x 80 -y 24 "$(printf '%q ' "$@")"'; echo $? >status; exec cat'
	wait_for screen >/dev/null || fail "no terminal"
}

# Types a key until what waits for it has happened: a question ignores keys for a moment after it
# appeared, so that what is typed ahead does not answer it.
type_until() { # type_until KEY COMMAND...
	local key=$1 last=$((SECONDS + 20))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$last" ] || fail "typed $key in vain for: $*"$'\n'"$(screen)"
		on_tmux send-keys "$key"
		sleep 0.05
		"$@" && break
		# Once: the next key could meet the next question.
		wait_a_little "$@" && break
	done
}

wait_a_little() {
	local tries

	for ((tries = 0; tries < 12; tries++)); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

quit() {
	type_until q test -s status
	is "$(<status)" 0 "exit status of the dashboard"
}

# A program that begins once the dashboard is attached: program SCRIPT
program() {
	mkdir -p "$HOME/work"
	settings "~/work"
	run_bg -s settings.json -m ask -- sh -c "while [ ! -e ~/work/go ]; do sleep 0.02; done; $1"
	must_show " t "
	must_show running
	: >"$HOME/work/go"
}

allow() {
	echo token >"$HOME/.npmrc"
	open "$SRT_TOP"
	program 'cat ~/.npmrc'
	must_show "wants to read"
	must_show ".npmrc"
	is "$(<out)" "" "output while the question is open"
	type_until a gone "$RUN"
	wait_run
	is "$STATUS" 0 "exit status"
	is "$(<out)" token "output of the one cat that waited"
	must_not_be_denied "$HOME/.npmrc"
	quit
}

deny() {
	echo token >"$HOME/.npmrc"
	open "$SRT_TOP"
	program 'cat ~/.npmrc; echo end'
	must_show "wants to read"
	type_until d gone "$RUN"
	wait_run
	is "$(<out)" end "output"
	must_be_denied read "$HOME/.npmrc"
	quit
}

allow_a_write_always() {
	mkdir "$HOME/notes"
	open "$SRT_TOP"
	program 'echo first >~/notes/new; echo second >~/elsewhere'
	must_show "wants to write"
	# As narrow as offered; the rule is kept only after it was asked back.
	type_until A shows "Allow always?"
	type_until y test -s "$HOME/notes/new"
	must_show "elsewhere"
	type_until d gone "$RUN"
	wait_run
	is "$(<"$HOME/notes/new")" first "the file that was allowed"
	must_not test -e "$HOME/elsewhere"
	has "$("$SRT_TOP" rules --json --name t)" "$HOME/notes" "rules"
	quit
}

allow_a_connection() {
	start_origin
	open "$SRT_TOP"
	program "curl -sS --noproxy '' -m 20 http://localhost:$PORT/page"
	must_show "wants to connect"
	must_show "localhost:$PORT"
	is "$(<origin.log)" "" "requests while the question is open"
	type_until a gone "$RUN"
	wait_run
	is "$(<out)" "origin: GET /page" "output"
	quit
}

a_killed_dashboard() {
	local dashboard

	echo token >"$HOME/.npmrc"
	open "$SRT_TOP"
	program 'cat ~/.npmrc; echo end'
	must_show "wants to read"
	dashboard=$(pgrep -x -U "$(id -u)" -P "$(on_tmux display-message -p '#{pane_pid}')" srt-top)
	must kill -KILL "$dashboard"
	wait_run
	is "$(<out)" end "output: what nobody can answer any more is refused"
	must_be_denied read "$HOME/.npmrc"
}

quitting_leaves_the_program_alone() {
	open "$SRT_TOP"
	mkdir -p "$HOME/work"
	settings "~/work"
	run_bg -s settings.json -m ask -- sh -c 'while [ ! -e ~/work/go ]; do sleep 0.02; done; echo end'
	must_show " t "
	quit
	must_not gone "$RUN"
	: >"$HOME/work/go"
	wait_run
	is "$(<out)" end "output"
}

answered_elsewhere() {
	echo token >"$HOME/.npmrc"
	open "$SRT_TOP"
	program 'cat ~/.npmrc; while [ ! -e ~/work/end ]; do sleep 0.02; done'
	must_show "wants to read"
	answer read "$HOME/.npmrc" allow
	wait_for shows_not "wants to read" || fail "still asked"$'\n'"$(screen)"
	: >"$HOME/work/end"
	wait_run
	is "$(<out)" token "output"
	quit
}

the_demonstration() {
	open env SRT_TEST_BUILD="$BUILD" "$TOP/tests/demo/demo.sh"
	must_show "Press Enter"
	on_tmux send-keys Enter
	must_show "in sample wants to read"
	must_show "file   ~/.ssh/config"
	type_until a shows "in sample wants to write"
	type_until a shows "in sample wants to connect"
	type_until a shows "file   ~/.npmrc"
	type_until q shows "srt-top export sample"
	must_show '"~/notes"'
	wait_for test -s status || fail "the demonstration did not end"
	is "$(<status)" 0 "exit status"
}

test_case "a: the held read succeeds" allow
test_case "d: the held read is refused" deny
test_case "A and y: the held write succeeds and the rule is kept" allow_a_write_always
test_case "a: the held connection is made" allow_a_connection
test_case "a dashboard that is killed leaves the session at its default" a_killed_dashboard
test_case "q leaves the program alone" quitting_leaves_the_program_alone
test_case "what another client answered is no longer asked" answered_elsewhere
test_case "make demo in a terminal, from its first line to the export" the_demonstration
test_end
