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
	[[ $(screen 2>/dev/null) == *"$1"* ]]
}

shows_not() {
	! shows "$1"
}

must_show() {
	wait_for shows "$1" || fail "never on the screen: $1"$'\n'"$(screen)"
}

must_not_show() {
	wait_for shows_not "$1" || fail "stays on the screen: $1"$'\n'"$(screen)"
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
		pause 0.05
		"$@" && break
		# Once: the next key could meet the next question.
		wait_a_little "$@" && break
	done
}

wait_a_little() {
	local tries

	for ((tries = 0; tries < 12; tries++)); do
		"$@" && return 0
		pause 0.05
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

deadline() { # of the only question
	"$SRT_TOP" pending --json | grep -o '"deadline":"[^"]*"'
}

later_than() { # later_than DEADLINE
	local now

	now=$(deadline)
	[[ -n $now && $now > $1 ]]
}

deciding_holds_the_call() {
	local before

	echo token >"$HOME/.npmrc"
	open "$SRT_TOP"
	program 'cat ~/.npmrc'
	must_show "default in"
	before=$(deadline)
	type_until s shows_not "default in"
	wait_for later_than "$before" || fail "the deadline stays: $before"
	type_until d gone "$RUN"
	wait_run
	is "$(<out)" "" output
	quit
}

notices_are_sent() {
	mkdir -p "$HOME/.config/srt-top" bin
	echo '{"notify":{"desktop":true,"terminal":true,"bell":true}}' >"$HOME/.config/srt-top/config.json"
	printf '#!/bin/sh\nprintf "%%s|" "$@" >>%q\n' "$PWD/noticed" >bin/notify-send
	chmod +x bin/notify-send
	echo token >"$HOME/.npmrc"
	PATH=$PWD/bin:$PATH open "$SRT_TOP"
	on_tmux pipe-pane "cat >$PWD/raw"
	program 'cat ~/.npmrc'
	must_show "wants to read"
	wait_for grep -qa ']777;notify;srt-top;cat\[' raw || fail "no notice to the terminal"
	grep -qa ']9;cat\[' raw || fail "no OSC 9"
	grep -qa $'\a' raw || fail "no bell"
	wait_for said 'wants to read: ~/.npmrc' noticed || fail "no notice"
	type_until d gone "$RUN"
	wait_run
	quit
}

a_wrong_configuration_is_named() {
	mkdir -p "$HOME/.config/srt-top"
	echo '{"notify":{"bel":false}}' >"$HOME/.config/srt-top/config.json"
	"$SRT_TOP" </dev/null >out 2>err
	is $? 1 "exit status"
	has "$(<err)" 'srt-top/config.json: notify.bel: there is no such setting' message
}

# The supervisors that this dashboard has started, by the sockets of their sessions.
started_here() {
	local socket name

	for socket in "$SRT_TOP_RUNTIME_DIR"/*.sock; do
		name=${socket##*/}
		[ ! -e "$socket" ] || echo "${name%%-*}"
	done
}

no_session() {
	[ -z "$(started_here)" ]
}

# What it asks before the dashboard has attached to it waits for the dashboard.
the_first_question_of_a_started_server_waits() {
	echo token >"$HOME/.npmrc"
	open "$SRT_TOP"
	must_show 'No session is running'
	on_tmux send-keys + ''
	must_show 'Command:'
	on_tmux send-keys -l "sh -c 'cat ~/.npmrc; exec sleep 60'"
	on_tmux send-keys Enter
	must_show 'wants to read'
	type_until a shows_not 'wants to read'
	on_tmux send-keys Tab Enter 5
	must_show token
	must_not_show 'No such file'
	on_tmux send-keys x y
	must_show 'It has ended; these are its last lines.'
	on_tmux send-keys Escape
	quit
}

start_and_stop() {
	open "$SRT_TOP"
	must_show 'No session is running'
	on_tmux send-keys + ''
	must_show 'a command line that you type'
	must_show 'Command:'
	on_tmux send-keys -l "sh -c 'echo hello-from-inside; cat'"
	on_tmux send-keys Enter
	must_show '>1 sh'
	SERVER=$(started_here)
	# Its standard input stays open, and what it prints is on its tab.
	on_tmux send-keys Tab Enter 5
	must_show hello-from-inside
	is "$(stat -c %a "$HOME/.local/state/srt-top/log/$SERVER.log")" 600 "mode of the log"
	on_tmux send-keys 2
	must_show cat
	on_tmux send-keys x
	must_show 'and all its processes?'
	on_tmux send-keys n
	must_not_show 'and all its processes?'
	kill -0 "$SERVER" || fail "stopped without a yes"
	on_tmux send-keys x y
	wait_for gone "$SERVER" || fail "it goes on"$'\n'"$(screen)"
	on_tmux send-keys Escape
	must_show 'signal 15'
	# Again, as it was started before.
	on_tmux send-keys R
	must_show ' 2 sh'
	must_show running
	is "$(started_here | grep -c -v "^$SERVER\$")" 1 "servers that run"
	on_tmux send-keys Down R y
	must_show ' 3 sh'
	quit
	# It outlives the dashboard.
	wait_for started_here >/dev/null
	for SERVER in $(started_here); do
		kill "$SERVER"
	done
	wait_for no_session || fail "a session is left"
}

large_enough() { # large_enough FILE BYTES
	[ "$(stat -c %s "$1")" -gt "$2" ]
}

output_is_bounded() {
	local log

	open "$SRT_TOP"
	must_show 'No session is running'
	on_tmux send-keys + ''
	must_show 'Command:'
	# 16 MB, and then the last word.
	on_tmux send-keys -l "sh -c 'yes 123456789abcdef | head -n 1000000; echo the-last-word; cat'"
	on_tmux send-keys Enter
	must_show '>1 sh'
	SERVER=$(started_here)
	log=$HOME/.local/state/srt-top/log/$SERVER.log
	on_tmux send-keys Tab Enter 5
	type_until End shows the-last-word
	wait_for large_enough "$log" 2000000
	must_not large_enough "$log" 8388608
	# Who keeps the log ends with the server, and not before.
	must pgrep -f "keep-log $log" >/dev/null
	on_tmux send-keys x y
	wait_for gone "$SERVER" || fail "it goes on"
	wait_for no_keeper "$log" || fail "the log is kept open"
	on_tmux send-keys Escape
	quit
}

no_keeper() { # no_keeper FILE
	! pgrep -f "keep-log $1" >/dev/null
}

start_from_a_configuration() {
	cat >.mcp.json <<-END
		{"mcpServers": {
		  "one two": {"command": "sh", "args": ["-c", "echo \$WORD; exec cat"],
			      "env": {"WORD": "from-the-file"}},
		  "far": {"url": "https://example.org/"}}}
	END
	open "$SRT_TOP"
	must_show 'No session is running'
	on_tmux send-keys + ''
	must_show one-two
	on_tmux send-keys Enter
	must_show '>1 one-two'
	on_tmux send-keys Tab Enter 5
	must_show from-the-file
	SERVER=$(started_here)
	on_tmux send-keys x y
	wait_for gone "$SERVER" || fail "it goes on"
	on_tmux send-keys Escape
	quit
}

rule_listed() {
	[ -n "$("$SRT_TOP" rules --json --name t)" ]
}

rule_not_listed() {
	! rule_listed
}

rules_are_disabled_changed_and_undone() {
	mkdir "$HOME/a" "$HOME/b"
	must "$SRT_TOP" rules add --name t allow write "$HOME/a"
	open "$SRT_TOP"
	must_show 'No session is running'
	on_tmux send-keys r
	must_show '~/a/**'
	on_tmux send-keys x
	wait_for rule_not_listed || fail "the rule is in force"
	must_show disabled
	on_tmux send-keys u
	wait_for rule_listed || fail "not undone"
	must_show always
	on_tmux send-keys e
	must_show "About: "
	on_tmux send-keys C-u
	on_tmux send-keys -l '~/b'
	on_tmux send-keys Enter
	must_show "Now: allow write"
	has "$("$SRT_TOP" rules --json --name t)" "$HOME/b" "rules"
	has_not "$("$SRT_TOP" rules --json --name t)" "$HOME/a\"" "rules"
	on_tmux send-keys u
	must_show Undone
	has "$("$SRT_TOP" rules --json --name t)" "$HOME/a" "rules"
	# What is out of force is so for everybody, and for the next dashboard.
	on_tmux send-keys x
	wait_for rule_not_listed || fail "the rule is in force"
	on_tmux send-keys Escape
	quit
	on_tmux kill-session
	rm status
	open "$SRT_TOP"
	must_show 'No session is running'
	on_tmux send-keys r
	must_show disabled
	on_tmux send-keys x
	wait_for rule_listed || fail "not back in force"
	on_tmux send-keys Escape
	quit
}

a_rule_of_another_client_is_ended() {
	echo token >"$HOME/.npmrc"
	mkdir "$HOME/work"
	settings "~/work"
	run_bg -s settings.json -m ask --hold 30 -- sh -c \
		'cat ~/.npmrc; while [ ! -e ~/work/go ]; do sleep 0.02; done; cat ~/.npmrc; echo end'
	answer read "$HOME/.npmrc" allow
	open "$SRT_TOP"
	must_show running
	on_tmux send-keys r
	must_show '~/.npmrc'
	must_show 'session 1'
	on_tmux send-keys x
	must_show 'End for session 1: allow read'
	on_tmux send-keys y
	must_show 'Ended: allow read'
	must_not_show ' session 1 '
	on_tmux send-keys Escape
	: >"$HOME/work/go"
	must_show 'wants to read'
	type_until d gone "$RUN"
	wait_run
	is "$(<out)" token$'\n'end "output"
	quit
}

# Entry by entry: why, wider and narrower, what it comes to; and never over what has changed meanwhile.
an_export_is_made_wider_and_narrower() {
	mkdir -p "$HOME/notes/sub" "$HOME/notes/more"
	: >"$HOME/notes/sub/a"
	must "$SRT_TOP" rules add --name t allow write "$HOME/notes/sub/a"
	echo '{"network":{"allowedDomains":[]}}' >"$HOME/.srt-settings.json"
	open "$SRT_TOP"
	program 'echo x >~/notes/sub/a; exec sleep 60'
	wait_for said x "$HOME/notes/sub/a" || fail "it has not written"
	# Two programs that were run, and the write between them.
	wait_for sh -c "'$SRT_TOP' verify t | grep -q '^3 the same'" || fail "recorded: $("$SRT_TOP" verify t)"
	on_tmux send-keys Tab e
	must_show 'settings that t needs'
	on_tmux send-keys End
	must_show '>allowWrite     [x] + ~/notes/sub/a'
	must_show '0 newly refused'
	on_tmux send-keys Enter
	must_show 'Recorded accesses that it is about'
	must_show 'write        1  ~/notes/sub/a'
	on_tmux send-keys Escape
	must_show '>allowWrite     [x] + ~/notes/sub/a'
	on_tmux send-keys +
	must_show '+ ~/notes/sub  ! wider than seen'
	on_tmux send-keys +
	must_show '+ ~/notes  ! wider than seen'
	on_tmux send-keys +
	must_show 'a home directory is never opened as a whole'
	on_tmux send-keys -- -
	must_show '+ ~/notes/sub  ! wider than seen'
	on_tmux send-keys d
	must_show 'what would change'
	on_tmux send-keys End
	must_show '+      "~/notes/sub"'
	on_tmux send-keys Escape
	must_show '0 newly refused'
	echo '{"network":{"allowedDomains":["kept.example.org"]}}' >"$HOME/.srt-settings.json"
	on_tmux send-keys w
	must_show 'Change ~/.srt-settings.json?'
	on_tmux send-keys y
	must_show 'has changed meanwhile'
	is "$(<"$HOME/.srt-settings.json")" '{"network":{"allowedDomains":["kept.example.org"]}}' "the file"
	on_tmux send-keys f Enter
	must_show 'kept.example.org'
	on_tmux send-keys End
	must_show '>allowWrite     [x] + ~/notes/sub/a'
	on_tmux send-keys +
	must_show '+ ~/notes/sub  ! wider than seen'
	on_tmux send-keys w
	must_show 'Change ~/.srt-settings.json?'
	on_tmux send-keys y
	must_show 'Written: '
	has "$(<"$HOME/.srt-settings.json")" '"~/notes/sub"' "what was made wider"
	has_not "$(<"$HOME/.srt-settings.json")" '"~/notes/sub/a"' "what it covers"
	has "$(<"$HOME/.srt-settings.json.bak")" kept.example.org "the copy"
	must "$SRT_TOP" verify t -s "$HOME/.srt-settings.json"
	on_tmux send-keys Escape
	quit
	kill "$RUN"
	wait_run
}

# What decides without an answer is listed too, with what it has decided.
settings_are_among_the_rules() {
	echo token >"$HOME/secret"
	settings "" "" "~/secret"
	must "$SRT_TOP" rules add --name t allow read "$HOME/secret"
	run_bg -s settings.json -m ask -- sh -c 'cat ~/secret; exec sleep 60'
	must_be_denied read "$HOME/secret"
	open "$SRT_TOP"
	must_show running
	on_tmux send-keys r
	must_show 'D read    ~/secret'
	wait_for sh -c "$(declare -f screen on_tmux); CASE=$CASE; screen | grep -q 'D read .* settings  *1 '" ||
		fail "the entry has decided nothing: $(screen)"
	must_show 'denied by file'
	must_show 'default'
	on_tmux send-keys Enter
	must_show 'denyRead ~/secret'
	on_tmux send-keys Escape
	must_show 'ORIGIN'
	on_tmux send-keys Down Enter
	must_show 'What it decided lately'
	must_show 'D read         1  ~/secret'
	on_tmux send-keys Escape
	must_show 'ORIGIN'
	on_tmux send-keys x
	must_show 'Change it in '
	on_tmux send-keys Escape
	quit
	kill "$RUN"
	wait_run
}

export_is_reviewed_and_written() {
	mkdir "$HOME/notes"
	must "$SRT_TOP" rules add --name t allow write "$HOME/notes"
	echo '{"network":{"allowedDomains":["kept.example.org"]}}' >"$HOME/.srt-settings.json"
	open "$SRT_TOP"
	program 'exec sleep 60'
	on_tmux send-keys Tab e
	must_show 'settings that t needs'
	must_show 'kept.example.org'
	# A machine with many places outside the home directory has more rows than the screen.
	on_tmux send-keys End
	must_show '~/notes'
	on_tmux send-keys w
	must_show 'Change ~/.srt-settings.json?'
	on_tmux send-keys y
	must_show 'Written'
	has "$(<"$HOME/.srt-settings.json")" kept.example.org "what was there before"
	has "$(<"$HOME/.srt-settings.json")" '"~/notes"' "what was learned"
	is "$(<"$HOME/.srt-settings.json.bak")" '{"network":{"allowedDomains":["kept.example.org"]}}' "the copy"
	must "$SRT_TOP" check "$HOME/.srt-settings.json"
	on_tmux send-keys Escape
	quit
	kill "$RUN"
	wait_run
}

older_events_come_from_the_history() {
	run_bg -m ask -- sh -c 'for i in 1 2 3; do cat ~/.netrc; done'
	echo secret >"$HOME/.netrc"
	wait_run
	open "$SRT_TOP"
	must_show 'No session is running'
	on_tmux send-keys H
	must_show 'older events, page 1'
	must_show '~/.netrc'
	on_tmux send-keys "\\"
	on_tmux send-keys -l 'net'
	must_show 'Nothing matches'
	on_tmux send-keys C-u
	on_tmux send-keys -l 'deny & netrc'
	on_tmux send-keys Enter
	must_show '[deny & netrc]'
	must_show '~/.netrc'
	on_tmux send-keys Escape
	quit
}

what_was_learned_is_reviewed() {
	mkdir "$HOME/work" elsewhere
	echo one >"$HOME/work/one"
	echo two >"$HOME/work/two"
	(cd elsewhere && "$SRT_TOP" learn -n t --writes layer -- sh -c \
		'echo more >>~/work/one; rm ~/work/two; mkdir ~/new; echo x >~/new/x') >out 2>err ||
		skip "no layer here: $(<err)"
	! grep -q 'no layer' err || skip "no overlayfs here: $(<err)"
	open "$SRT_TOP"
	must_show 'No session is running'
	on_tmux send-keys l
	must_show 'What this server has written:'
	on_tmux send-keys -l t
	on_tmux send-keys Enter
	must_show 'what t has written while it was learned'
	must_show '4 changes in the layer, 0 ticked'
	on_tmux send-keys Down ' ' Down
	must_show '+more'
	on_tmux send-keys ' '
	must_show '3 ticked'
	on_tmux send-keys w
	must_show 'Write to the host: 2 created, 1 changed, 0 deleted?'
	is "$(<"$HOME/work/one")" one "the host's file while it is asked back"
	must_not test -e "$HOME/new"
	on_tmux send-keys n
	must_not_show 'Write to the host'
	must_not test -e "$HOME/new"
	on_tmux send-keys w y
	must_show '3 kept on the host.'
	must_show kept
	is "$(<"$HOME/work/one")" $'one\nmore' "what was kept"
	is "$(<"$HOME/new/x")" x "what was kept"
	is "$(<"$HOME/work/two")" two "what was not ticked"
	# What is left is dropped.
	on_tmux send-keys Escape l
	on_tmux send-keys -l t
	on_tmux send-keys Enter
	must_show '1 change in the layer'
	on_tmux send-keys D y
	must_show '1 dropped from the layer.'
	has "$("$SRT_TOP" review t)" '0 created, 0 changed, 0 deleted' "what is left"
	is "$(<"$HOME/work/two")" two "the host"
	on_tmux send-keys Escape
	quit
}

changed_since_it_was_shown() {
	mkdir "$HOME/work" elsewhere
	echo one >"$HOME/work/one"
	(cd elsewhere && "$SRT_TOP" learn -n t --writes layer -- sh -c 'echo abc >~/work/one') >out 2>err ||
		skip "no layer here: $(<err)"
	! grep -q 'no layer' err || skip "no overlayfs here: $(<err)"
	open "$SRT_TOP"
	must_show 'No session is running'
	on_tmux send-keys l
	on_tmux send-keys -l t
	on_tmux send-keys Enter
	must_show '+abc'
	on_tmux send-keys a
	must_show '1 ticked'
	# As long as before, and in place.
	(cd elsewhere && "$SRT_TOP" learn -n t --writes layer -- sh -c 'echo xyz >~/work/one') >out 2>err
	on_tmux send-keys D y
	must_show 'the layer has changed since it was shown'
	has "$("$SRT_TOP" review --diff t)" '+xyz' "what the layer holds"
	on_tmux send-keys w y
	must_show 'it has changed since it was shown'
	is "$(<"$HOME/work/one")" one "the host's file"
	on_tmux send-keys Escape
	quit
}

reaches() { # reaches PORT
	curl -sS -m 5 "http://127.0.0.1:$1/page" >page 2>/dev/null && has "$(<page)" origin page
}

what_listens_inside_is_published() {
	local free

	# A port that was free a moment ago.
	start_origin
	free=$PORT
	kill "$(jobs -p | tail -n 1)"
	open "$SRT_TOP"
	settings "" "" "" "" ""
	run_bg -s settings.json -m enforce -- "$DEMO/origin" /dev/shm/port /dev/shm/log 8000
	must_show 't listens on port 8000; P publishes it.'
	on_tmux send-keys P
	must_show 'HOSTPORT:PORT 8000:8000'
	on_tmux send-keys C-u
	on_tmux send-keys -l "$free:8000"
	must_not reaches "$free"
	on_tmux send-keys Enter
	must_show "127.0.0.1:$free leads to port 8000 of t."
	must reaches "$free"
	on_tmux send-keys Tab Enter
	must_show "8000 (127.0.0.1:$free leads there)"
	on_tmux send-keys Escape
	quit
	kill "$RUN"
	wait_run
}

test_case "a: the held read succeeds" allow
test_case "d: the held read is refused" deny
test_case "A and y: the held write succeeds and the rule is kept" allow_a_write_always
test_case "a: the held connection is made" allow_a_connection
test_case "a dashboard that is killed leaves the session at its default" a_killed_dashboard
test_case "q leaves the program alone" quitting_leaves_the_program_alone
test_case "what another client answered is no longer asked" answered_elsewhere
test_case "make demo in a terminal, from its first line to the export" the_demonstration
test_case 'a call is held as long as somebody decides' deciding_holds_the_call
test_case 'a notice goes to the desktop' notices_are_sent
test_case 'a mistake in the configuration is named' a_wrong_configuration_is_named
test_case 'l: what was written while learning is kept or dropped' what_was_learned_is_reviewed
test_case 'what changed after it was shown is not kept' changed_since_it_was_shown
test_case 'P: the host reaches a port inside' what_listens_inside_is_published
test_case 'a server is started by a command line, stopped and restarted' start_and_stop
test_case 'the first question of a started server waits' the_first_question_of_a_started_server_waits
test_case 'what a server prints is kept up to 8 MiB' output_is_bounded
test_case 'a server is started from an MCP configuration' start_from_a_configuration
test_case 'rules are disabled, changed and undone' rules_are_disabled_changed_and_undone
test_case 'a rule that another client made is ended' a_rule_of_another_client_is_ended
test_case 'entries of settings files are among the rules' settings_are_among_the_rules
test_case 'an export is reviewed and written' export_is_reviewed_and_written
test_case 'an export is made wider and narrower' an_export_is_made_wider_and_narrower
test_case 'older events come from the history' older_events_come_from_the_history
test_end
