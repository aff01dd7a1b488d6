#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The dashboard on a real terminal: tmux is the terminal, and a supervisor that says what it is
# told is the other side. What each screen looks like in detail is the matter of
# tests/unit/tui/test_views.c; here is what needs a terminal, sockets and signals.
# shellcheck disable=SC1091 # lib.sh is checked by itself
. "$(dirname "$0")/../lib/lib.sh"

command -v tmux >/dev/null || {
	echo "1..0 # SKIP no tmux"
	exit 0
}
FAKE=$BUILD/tests/tui/fake_supervisor
GUARD=0.4 # seconds that a question has to be in sight before keys answer it

# --- the terminal ---

on_tmux() {
	TMUX_TMPDIR=$CASE tmux -L dashboard -f /dev/null "$@"
}

screen() {
	on_tmux capture-pane -p
}

keys() {
	on_tmux send-keys "$@"
}

shows() { # shows TEXT
	[[ $(screen) == *"$1"* ]]
}

shows_not() {
	! shows "$1"
}

must_show() { # must_show TEXT
	wait_for shows "$1" || {
		screen
		fail "never on the screen: $1"
	}
}

must_not_show() {
	wait_for shows_not "$1" || {
		screen
		fail "stays on the screen: $1"
	}
}

# A shell on a terminal of 80x24, with a text that has to be there again afterwards.
open_terminal() {
	export TMUX_TMPDIR=$CASE
	PS1='ready> ' on_tmux new-session -d -x 80 -y 24 "exec env PS1='ready> ' sh -i"
	must_show 'ready>'
	keys 'stty -a >before; echo before-it' Enter
	wait_for test -s before || fail "the shell on the terminal does not answer"
	must_show 'before-it'
}

type_command() { # type_command TEXT: as a person would
	keys "$1" Enter
}

# The youngest in the line of children of the terminal's shell.
dashboard_pid() {
	local pid next

	pid=$(on_tmux display-message -p '#{pane_pid}')
	while next=$(cat "/proc/$pid/task/$pid/children") && [ -n "$next" ]; do
		pid=${next%% *}
	done
	echo "$pid"
}

# Below a second shell, which does not take the terminal when the dashboard is stopped.
open_dashboard() { # open_dashboard [ARGUMENT...]
	open_terminal
	type_command "sh -c '$SRT_TOP ${*-}; echo status=\$?'"
	must_show 'srt-top  '
	must_show 'F10'
	DASHBOARD=$(dashboard_pid)
}

# The terminal is a shell's again: its modes, its old text, its cursor.
must_be_restored() { # must_be_restored STATUS
	must_show "status=$1"
	must_show 'before-it'
	is "$(on_tmux display-message -p \
		'#{alternate_on} #{cursor_flag} #{keypad_cursor_flag} #{mouse_any_flag}')" \
		'0 1 0 0' 'alternate screen, cursor, keypad, mouse'
	type_command 'stty -a >after; echo answer-$((40 + 2))'
	must_show 'answer-42'
	must cmp before after
}

# --- the other side ---

ID=41822-0badcafe

# JSON may be written over several lines here.
say() { # say LINE: the supervisor says it to everybody attached
	printf '%s\n' "${1//$'\n'/ }" >&7
}

start_supervisor() { # start_supervisor [ID [SERVER]]
	local id=${1:-$ID}

	mkfifo "script.$id"
	"$FAKE" "$id" "record.$id" <"script.$id" &
	SUPERVISOR=$!
	remember "$SUPERVISOR"
	exec 7>"script.$id"
	say '{"type":"hello","v":1,"session":{"id":"'"$id"'","server":"'"${2:-github-mcp}"'",
		"command":"node index.js","cwd":"/","mode":"ask","state":"running","banner":null,
		"pid":41822,"child":41830,"started":"'"$(date -u +%FT%T.000Z)"'","status":null,
		"allowed":58,"denied":4,"asked":1,"pending":0,"bytes_in":0,"bytes_out":0}}'
}

event() { # event NUMBER VERDICT KIND OBJECT
	say '{"type":"event","event":{"v":1,"id":"'"$ID.$1"'","t":"'"$(date -u +%FT%T.000Z)"'",
		"session":"'"$ID"'","server":"github-mcp","kind":"'"$3"'","object":"'"$4"'",
		"verdict":"'"$2"'","why":"because","rule":null,"pid":41830,"exe":"/usr/bin/node",
		"syscall":"openat","errno":null,"count":1}}'
}

ask() { # ask NUMBER OBJECT
	say '{"type":"question","question":{"v":1,"id":"'"$ID.$1"'","t":"'"$(date -u +%FT%T.000Z)"'",
		"session":"'"$ID"'","server":"github-mcp","kind":"connect","object":"'"$2"'",
		"verdict":"ask","why":"no rule matches","rule":null,"pid":41830,"exe":"/usr/bin/node",
		"syscall":null,"errno":null,"count":1,"scopes":["exact","host"],
		"patterns":{"exact":"'"$2"'","host":"'"${2%:*}"'"},
		"deadline":"'"$(date -u -d '+60 seconds' +%FT%T.000Z)"'","waiters":1,
		"command_line":"node index.js"}}'
}

recorded() { # recorded TEXT
	said "$1" "record.$ID"
}

must_record() {
	wait_for recorded "$1" || {
		cat "record.$ID"
		screen
		fail "the supervisor never heard: $1"
	}
}

answer_line() { # answer_line NUMBER VERDICT SCOPE FOR
	echo '{"type":"answer","id":"'"$ID.$1"'","verdict":"'"$2"'","scope":"'"$3"'","for":"'"$4"'"}'
}

# A dashboard with one session and one question in front that may be answered.
open_asked() {
	start_supervisor
	open_dashboard
	must_show 'github-mcp'
	ask 1 api.example.org:443
	must_show 'wants to connect'
	sleep "$GUARD"
}

# --- cases ---

sessions_appear_by_themselves() {
	open_dashboard
	must_show 'srt-top run -- CMD'
	start_supervisor
	must_show 'github-mcp'
	event 1 deny read /home/me/.ssh/id_ed25519
	must_show '.ssh/id_ed25519'
	kill "$SUPERVISOR"
	must_show 'gone'
	keys c
	must_show 'srt-top run -- CMD'
}

allow_is_sent() {
	open_asked
	shows 'default in' || fail "no countdown"
	keys a
	must_record "$(answer_line 1 allow exact session)"
	must_not_show 'wants to connect'
	must_show 'Answered: a rule.'
}

deny_is_sent() {
	open_asked
	keys d
	must_record "$(answer_line 1 deny exact session)"
}

enter_denies() {
	open_asked
	keys s
	must_show 'api.example.org on every port'
	shows_not 'default in' || fail "the countdown goes on"
	keys Enter
	must_record "$(answer_line 1 deny host session)"
}

always_asks_back() {
	open_asked
	keys A
	must_show 'Allow always?'
	must_show 'always, for github-mcp'
	sleep "$GUARD"
	! recorded '"answer"' || fail "answered without asking back"
	keys y
	must_record "$(answer_line 1 allow exact always)"
}

# While the dashboard is stopped, keys and the question both arrive: the keys came first.
typing_ahead_answers_nothing() {
	start_supervisor
	open_dashboard
	must_show 'github-mcp'
	kill -STOP "$DASHBOARD"
	keys a a Enter d y
	ask 1 api.example.org:443
	sleep 0.2
	kill -CONT "$DASHBOARD"
	must_show 'wants to connect'
	keys a d
	sleep "$GUARD"
	! recorded '"answer"' || fail "keys typed before have answered"
	keys a
	must_record "$(answer_line 1 allow exact session)"
}

later_keeps_it() {
	open_asked
	keys Escape
	must_not_show 'wants to connect'
	must_show '1 question waits'
	keys p
	must_show 'questions'
	must_show 'api.example.org:443'
	sleep "$GUARD"
	keys a
	must_record "$(answer_line 1 allow exact session)"
}

another_answer_takes_it_away() {
	open_asked
	say '!{"type":"resolved","id":"'"$ID.1"'","verdict":"allow","by":"person"}'
	must_not_show 'wants to connect'
	must_show 'Answered elsewhere'
}

resizing_changes_the_layout() {
	open_asked
	on_tmux resize-window -x 120 -y 40
	must_show 'PROCESS'
	must_show 'selected event'
	on_tmux resize-window -x 30 -y 8
	must_show 'Enlarge'
	sleep "$GUARD"
	keys a Enter
	on_tmux resize-window -x 80 -y 24
	must_show 'wants to connect'
	must_not_show 'PROCESS'
	! recorded '"answer"' || fail "answered what was not in sight"
	is "$(screen | wc -l)" 24 rows
}

quitting_disturbs_nothing() {
	start_supervisor
	open_dashboard
	must_show 'github-mcp'
	keys q
	must_record leave
	must_be_restored 0
	kill -0 "$SUPERVISOR" || fail "the supervisor has ended"
	: >"record.$ID"
	type_command "$SRT_TOP; echo again=\$?"
	must_record attach
	must_show 'github-mcp'
	keys F10
	must_show 'again=0'
}

# The shell says how it ended.
signals_restore_the_terminal() { # signals_restore_the_terminal SIGNAL STATUS
	start_supervisor
	open_dashboard
	must_show 'github-mcp'
	kill "-$1" "$DASHBOARD"
	must_be_restored "$2"
	must_record leave
}

suspending_gives_the_terminal_back() {
	start_supervisor
	open_terminal
	type_command "$SRT_TOP"
	must_show 'github-mcp'
	keys C-z
	must_show 'before-it'
	must_show 'ready>'
	event 1 deny read /while/stopped
	type_command fg
	must_show '/while/stopped'
	must_show 'F10'
	keys q
	must_show 'ready>'
}

a_lost_terminal_ends_it() {
	start_supervisor
	open_dashboard
	must_show 'github-mcp'
	on_tmux kill-server
	wait_for gone "$DASHBOARD" || fail "it lives on without a terminal"
	must_record leave
}

two_sessions_and_keys() {
	start_supervisor 41900-0badcafe fs-mcp
	exec 8>&7
	start_supervisor
	open_dashboard
	must_show 'fs-mcp'
	must_show 'github-mcp'
	event 1 deny read /first
	event 2 allow write /second
	must_show '/second'
	keys v
	must_not_show '/second'
	keys v v F4 f i r s t Enter
	must_show 'events [first]'
	must_not_show '/second'
	keys F4 Escape
	must_show '/second'
	keys Up Enter
	must_show 'program    /usr/bin/node, pid 41830'
	keys Escape
	must_show 'PAUSED'
	keys '?'
	must_show 'Keys: dashboard'
	keys q Space Tab Enter
	must_show 'supervisor 41822'
}

only_one_session() {
	start_supervisor 41900-0badcafe fs-mcp
	exec 8>&7
	start_supervisor
	open_dashboard --session "$ID"
	must_show 'github-mcp'
	! shows fs-mcp || fail "another session is shown"
	kill "$SUPERVISOR"
	must_be_restored 0
}

colours() {
	on_tmux capture-pane -p -e | grep -qE $'\e\\[[0-9;]*(3[0-7]|4[0-7])m'
}

colour_can_be_off() {
	start_supervisor
	event 1 deny read /x
	open_dashboard
	must_show '/x'
	wait_for colours || fail "no colours"
	keys q
	must_be_restored 0
	type_command "clear; NO_COLOR=1 $SRT_TOP; echo status=\$?"
	must_show '/x'
	! colours || fail "colours in spite of NO_COLOR"
}

ascii_where_the_terminal_is() {
	start_supervisor
	event 1 deny read '/日本/\u001b[2J'
	open_terminal
	type_command "LC_ALL=C $SRT_TOP"
	must_show '/\u{65e5}\u{672c}/\x1b[2J'
	! screen | LC_ALL=C grep -q '[^ -~]' || fail "more than ASCII"
}

hostile_names_stay_text() {
	start_supervisor
	event 1 deny read '/a\u001b]0;owned\u0007\u202eb\u009b31m'
	open_dashboard
	must_show '\x1b]0;owned\x07\u{202e}b\u{9b}31m'
	has_not "$(on_tmux display-message -p '#{pane_title}')" owned 'title of the terminal'
}

switches() {
	awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$DASHBOARD/status"
}

idle_costs_nothing() {
	local before

	open_dashboard
	must_show 'srt-top run -- CMD'
	sleep 0.3
	before=$(switches)
	sleep 2
	is "$(switches)" "$before" "wake-ups without a session"
	start_supervisor
	must_show 'github-mcp'
	before=$(switches)
	sleep 2
	[ $(($(switches) - before)) -le 8 ] || fail "$(($(switches) - before)) wake-ups in 2 s"
}

no_terminal_is_said() {
	"$SRT_TOP" </dev/null >out 2>err
	is $? 1 status
	has "$(<err)" 'needs a terminal' message
	open_terminal
	type_command "TERM=dumb $SRT_TOP; echo status=\$?"
	must_show 'cannot show a dashboard'
	must_show 'status=1'
	type_command "TERM=nonsense $SRT_TOP; echo again=\$?"
	must_show 'no terminal "nonsense"'
	must_show 'again=1'
}

# As a terminal of this kind reports it: a button, a column and a row that count from 33.
click() { # click ROW COLUMN
	# shellcheck disable=SC2059 # the format is made of digits
	keys -l "$(printf '\e[M '"\\$(printf '%o' $(($2 + 32)))\\$(printf '%o' $(($1 + 32)))")"
}

the_mouse_selects_and_never_allows() {
	start_supervisor 41900-0badcafe fs-mcp
	exec 8>&7
	start_supervisor
	open_dashboard
	must_show 'github-mcp'
	must_show 'fs-mcp'
	click 4 10
	keys Enter
	must_show 'Overview'
	keys Escape
	must_show 'LAST 5 MIN'
	ask 1 api.example.org:443
	must_show 'wants to connect'
	sleep "$GUARD"
	local row

	for row in $(seq 1 24); do
		click "$row" 30
	done
	keys s
	must_show 'api.example.org on every port'
	! recorded '"answer"' || fail "a click has answered"
	keys q
	must_be_restored 0
	is "$(on_tmux display-message -p '#{mouse_any_flag}')" 0 "mouse reports"
}

a_storm_of_sizes_ends_with_the_last_one() {
	local i

	start_supervisor
	open_dashboard
	must_show 'github-mcp'
	for i in $(seq 1 40); do
		on_tmux resize-window -x $((30 + i * 7 % 120)) -y $((8 + i * 5 % 40))
	done
	on_tmux resize-window -x 120 -y 40
	must_show 'selected event'
	on_tmux resize-window -x 80 -y 24
	must_not_show 'selected event'
	must_show 'github-mcp'
	keys q
	must_show 'status=0'
}

wide_and_combining_characters_stay_in_their_columns() {
	start_supervisor
	event 1 deny read '/日本語/e\u0301/file'
	event 2 deny read '/plain/file'
	open_dashboard
	must_show $'/日本語/e\u0301/file'
	# The column behind them begins where it does in the row of plain characters.
	is "$(screen | grep -oE '(because)' | wc -l)" 2 "rows with their reason"
}

dark_has_256_colours() {
	mkdir -p "$HOME/.config/srt-top"
	echo '{"theme":"dark"}' >"$HOME/.config/srt-top/config.json"
	start_supervisor
	open_terminal
	type_command "TERM=screen-256color $SRT_TOP; echo status=\$?"
	must_show 'github-mcp'
	on_tmux capture-pane -p -e | grep -q '38;5;' || fail "no 256 colours"
	keys q
	must_show 'status=0'
	type_command "clear; TERM=screen $SRT_TOP; echo again=\$?"
	must_show 'github-mcp'
	! on_tmux capture-pane -p -e | grep -q '38;5;' || fail "256 colours where there are 8"
	keys q
	must_show 'again=0'
}

told() { # told TEXT: in the line mode
	grep -qF -- "$1" plain.out
}

line_by_line() {
	start_supervisor
	mkfifo plain.in
	"$SRT_TOP" --plain <plain.in >plain.out 2>&1 &
	PLAIN=$!
	remember "$PLAIN"
	exec 9>plain.in
	wait_for told 'Session 1: github-mcp, running.' || fail "$(<plain.out)"
	event 1 deny read '/a\u001b]0;owned\u0007'
	wait_for told 'Denied in session 1: read /a\x1b]0;owned\x07, by node[41830], because.' ||
		fail "$(<plain.out)"
	ask 2 api.example.org:443
	wait_for told 'Question 1: node[41830] in github-mcp wants to connect: api.example.org:443.' ||
		fail "$(<plain.out)"
	echo 'explain 1' >&9
	wait_for told 'host: api.example.org' || fail "$(<plain.out)"
	echo 'allow' >&9
	wait_for told 'Say the number' || fail "$(<plain.out)"
	echo 'allow 7' >&9
	wait_for told 'There is no open question 7.' || fail "$(<plain.out)"
	! recorded '"answer"' || fail "answered without a number"
	echo 'allow 1 host once' >&9
	must_record "$(answer_line 2 allow host once)"
	wait_for told 'Question 1 is closed.' || fail "$(<plain.out)"
	! LC_ALL=C grep -q $'[^ -~\t]' plain.out || fail "more than text"
	exec 9>&-
	wait_for gone "$PLAIN" || fail "it does not end with its input"
	must_record leave
}

test_case 'sessions appear, end and are cleared' sessions_appear_by_themselves
test_case 'a allows the question in front' allow_is_sent
test_case 'd denies it' deny_is_sent
test_case 'Enter denies, as wide as chosen' enter_denies
test_case 'always asks back' always_asks_back
test_case 'keys typed before a question never answer it' typing_ahead_answers_nothing
test_case 'a question put off stays answerable' later_keeps_it
test_case 'an answer from elsewhere takes the question away' another_answer_takes_it_away
test_case 'resizing to 120x40, too small, and back' resizing_changes_the_layout
test_case 'quitting leaves the session running, attaching again works' quitting_disturbs_nothing
test_case 'SIGTERM restores the terminal' signals_restore_the_terminal TERM 0
test_case 'SIGINT restores the terminal' signals_restore_the_terminal INT 0
test_case 'SIGSEGV restores the terminal' signals_restore_the_terminal SEGV 139
test_case 'SIGABRT restores the terminal' signals_restore_the_terminal ABRT 134
test_case 'Ctrl-Z gives the terminal back, fg takes it' suspending_gives_the_terminal_back
test_case 'it ends with its terminal' a_lost_terminal_ends_it
test_case 'filters, details, help and panes' two_sessions_and_keys
test_case '--session shows one and ends with it' only_one_session
test_case 'NO_COLOR' colour_can_be_off
test_case 'ASCII in a plain locale' ascii_where_the_terminal_is
test_case 'hostile names stay text' hostile_names_stay_text
test_case 'idle costs nothing' idle_costs_nothing
test_case 'without a terminal it says so' no_terminal_is_said
test_case 'the mouse selects and never allows' the_mouse_selects_and_never_allows
test_case 'a storm of sizes ends with the last one' a_storm_of_sizes_ends_with_the_last_one
test_case 'wide and combining characters' wide_and_combining_characters_stay_in_their_columns
test_case '256 colours where they are wanted and there' dark_has_256_colours
test_case '--plain: line by line' line_by_line
test_end
