#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Very many refusals: one question about a directory, bounded memory, and everything counted.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

FLOOD=$BUILD/tests/integration/helpers/flood

denials_below() { # denials_below DIRECTORY: how many distinct objects, and how often in all
	events | jq -s -r --arg below "$1/" 'map(select(.verdict == "deny" and (.object | startswith($below))))
		| "\(map(.object) | unique | length) \(map(.count) | add // 0)"'
}

resident_kb() {
	sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$RUN/status"
}

session_value() {
	"$SRT_TOP" sessions --json | jq -r "select(.live) | .$1"
}

# Holds the program at its end, so that the session can be looked at.
flood_and_wait() { # flood_and_wait ARGUMENT... -- FLOOD-ARGUMENTS...
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	mkdir "$HOME/work"
	settings "~/work"
	# shellcheck disable=SC2016
	run_bg -s settings.json -m ask "${options[@]}" -- sh -c \
		'"$@" >~/work/said; : >~/work/end; while [ ! -e ~/work/go ]; do sleep 0.05; done' - "$FLOOD" "$@"
}

at_end() {
	WAIT_SECONDS=60 wait_for test -e "$HOME/work/end" || fail "the flood did not end"
}

go() {
	: >"$HOME/work/go"
	wait_run
}

many_files_of_one_directory() {
	local ids question

	mkdir "$HOME/many"
	flood_and_wait --hold 0 -- 1 10000 "$HOME/many/f" ""
	at_end
	has "$(<"$HOME/work/said")" "opens 10000 failed 10000" "the program"
	question=$(pending)
	is "$(wc -l <<<"$question")" 1 "questions about 10,000 files"
	must jq -e --arg dir "$HOME/many" '.object == $dir and .scopes == ["dir"] and .objects_seen >= 8
		and (.objects | length) >= 8 and (.objects[0] | startswith($dir + "/f"))' <<<"$question" >/dev/null
	# It is answerable, and opens all of them.
	ids=$(jq -r .id <<<"$question")
	must "$SRT_TOP" answer "$ids" deny --for once
	# A sanitizer keeps what was freed.
	grep -qa __asan_init "$SRT_TOP" || [ "$(resident_kb)" -lt 100000 ] || fail "memory: $(resident_kb) KiB"
	go
	is "$(denials_below "$HOME/many")" "10000 10000" "denials in the history, objects and times"
}

many_directories() {
	mkdir "$HOME/many"
	for ((i = 0; i < 3000; i++)); do echo "$HOME/many/d$i"; done | xargs mkdir
	flood_and_wait --hold 0 -- 1 3000 "$HOME/many/d" /file
	at_end
	is "$(session_value pending)" 2048 "open questions"
	is "$(session_value unasked)" 952 "questions that were given up"
	is "$(session_value denied)" 3000 "refusals"
	# The last one can be answered, and quickly.
	SECONDS=0
	answer write "$HOME/many/d2999/file" deny --for once
	[ "$SECONDS" -lt 5 ] || fail "an answer took $SECONDS s"
	go
	is "$(denials_below "$HOME/many")" "3000 3000" "denials in the history, objects and times"
}

held_together() {
	local id

	mkdir "$HOME/many"
	# Forty threads wait; the first few ask by themselves, and then all are one question.
	flood_and_wait --hold 30 -- 40 40 "$HOME/many/f" ""
	wait_for is_waiting_for 40 || fail "never asked together: $(pending)"
	is "$(pending | wc -l)" 1 "questions"
	id=$(question_id write "$HOME/many")
	must "$SRT_TOP" answer "$id" allow --scope dir --for session
	at_end
	has "$(<"$HOME/work/said")" "opens 40 failed 0" "the program"
	is "$(find "$HOME/many" -type f | wc -l)" 40 "files on the host"
	go
	is "$(denials_below "$HOME/many")" "0 0" "denials"
	is "$(events | jq -r 'select(.verdict == "ask") | .object')" "" "events that never came to an end"
}

is_waiting_for() {
	[ "$(pending | jq -s -r 'map(.waiters) | add')" = "$1" ]
}

denied_together() {
	mkdir "$HOME/many"
	flood_and_wait --hold 30 -- 40 40 "$HOME/many/f" ""
	wait_for is_waiting_for 40 || fail "never asked together: $(pending)"
	must "$SRT_TOP" answer "$(question_id write "$HOME/many")" deny --for session
	at_end
	has "$(<"$HOME/work/said")" "opens 40 failed 40" "the program"
	go
	is "$(denials_below "$HOME/many")" "40 40" "denials, objects and times"
}

flood_pid() {
	local pid

	# By a path of its own: the same may run elsewhere.
	for pid in $(pids_with "$HOME/many"); do
		[ "$(readlink "/proc/$pid/exe")" != "$FLOOD" ] || echo "$pid"
	done | head -n 1
}

held_and_killed() {
	mkdir "$HOME/many"
	flood_and_wait --hold 600 -- 40 40 "$HOME/many/f" ""
	wait_for is_waiting_for 40 || fail "never asked together: $(pending)"
	kill -KILL "$(flood_pid)" || fail "cannot be killed"
	wait_for test -e "$HOME/work/end" || fail "a held thread cannot be killed"
	wait_for is_waiting_for 0 || fail "still waiting: $(pending)"
	go
	is "$(denials_below "$HOME/many")" "40 40" "denials, objects and times"
}

more_held_than_fit() {
	local part

	mkdir "$HOME/many" "$HOME/work"
	for part in a b c; do
		for ((i = 0; i < 700; i++)); do echo "$HOME/many/$part$i"; done | xargs mkdir
	done
	settings "~/work"
	# Each in its own directory, so that nothing joins: calls wait for all of them.
	run_bg -s settings.json -m ask --hold 600 -- sh -c '
		for part in a b c; do "$0" 700 700 ~/many/$part /file & done
		wait' "$FLOOD"
	wait_for has_refused 52 || fail "$(session_value pending) pending, $(session_value denied) denied"
	is "$(session_value pending)" 2048 "open questions"
	is "$(session_value unasked)" 52 "questions that were never put"
	# The history comes a little later.
	wait_for are_in_history 52 || fail "$(events --denied | wc -l) refusals in the history"
	must_be_denied write "$(events --denied | jq -r .object | head -n 1)" '.why | contains("too many")'
	kill -KILL "$RUN"
}

are_in_history() {
	[ "$(events --denied | wc -l)" = "$1" ]
}

has_refused() {
	[ "$(session_value denied)" = "$1" ]
}

settings_are_never_asked_about() {
	mkdir "$HOME/secret" "$HOME/work"
	settings "~/work" "" "~/secret"
	run_bg -s settings.json -m ask --hold 30 -- "$FLOOD" 1 200 "$HOME/secret/f" ""
	wait_run
	is "$(pending)" "" "questions"
	is "$(denials_below "$HOME/secret")" "200 200" "denials, objects and times"
}

first_answer_wins() {
	local id first second

	echo token >"$HOME/.npmrc"
	mkdir "$HOME/work"
	settings "~/work"
	run_bg -s settings.json -m ask --hold 20 -- sh -c \
		'cat ~/.npmrc; while [ ! -e ~/work/go ]; do sleep 0.05; done'
	id=$(wait_question read "$HOME/.npmrc") || exit 1
	"$SRT_TOP" answer "$id" allow >one 2>&1 &
	first=$!
	"$SRT_TOP" answer "$id" deny >two 2>&1 &
	second=$!
	wait "$first"
	first=$?
	wait "$second"
	second=$?
	go
	[ $((first == 0)) -ne $((second == 0)) ] || fail "both or neither: $(cat one two)"
	if [ "$first" -eq 0 ]; then
		is "$(<out)" token "output of what was allowed"
		grep -q "answered already\|granted already" two || fail "not told: $(<two)"
	else
		is "$(<out)" "" "output of what was denied"
		grep -q "answered already\|granted already" one || fail "not told: $(<one)"
	fi
}

test_case "10,000 files of one directory are one question, each is an event" many_files_of_one_directory
test_case "questions beyond what is kept are counted, and their refusals are events" many_directories
test_case "calls for files of one directory wait together, and are allowed together" held_together
test_case "they are denied together, each with its own event" denied_together
test_case "threads that are held can be killed" held_and_killed
test_case "beyond what can wait there are refusals that say so" more_held_than_fit
test_case "what the settings deny is never asked about" settings_are_never_asked_about
test_case "of two answers at the same time one wins, and the other is told" first_answer_wins
test_end
