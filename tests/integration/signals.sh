#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Signals to the supervisor reach the program; its own death ends everything inside.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

writable_work() {
	mkdir "$HOME/work"
	settings "$HOME/work"
}

said() {
	grep -qxF "$1" out
}

signals_reach_the_program() {
	local name

	writable_work
	run_bg -s settings.json -m enforce -- "$PROBE" signals "$HOME/work/ready"
	wait_for test -e "$HOME/work/ready" || fail "not ready"
	for name in HUP INT USR1 USR2 TERM; do
		kill -"$name" "$RUN"
		wait_for said "got $name" || fail "$name did not arrive: $(<out)"
	done
	wait_run
	is "$STATUS" 7 "exit status"
}

a_program_may_ignore_term() {
	writable_work
	run_bg -s settings.json -m enforce -- \
		sh -c 'trap "echo ignored" TERM; : >~/work/ready; while [ ! -e ~/work/go ]; do sleep 0.05; done; exit 6'
	wait_for test -e "$HOME/work/ready" || fail "not ready"
	kill -TERM "$RUN"
	wait_for said ignored || fail "TERM did not arrive"
	must_not gone "$RUN"
	: >"$HOME/work/go"
	wait_run
	is "$STATUS" 6 "exit status"
}

an_untrapped_signal_ends_it() {
	writable_work
	run_bg -s settings.json -m enforce -- sh -c ': >~/work/ready; exec sleep 600'
	wait_for test -e "$HOME/work/ready" || fail "not ready"
	kill -TERM "$RUN"
	wait_run
	is "$STATUS" 143 "exit status"
}

# The first process inside, which passes signals on, must not wait for the exec of its child.
a_held_program_is_ended() {
	mkdir "$HOME/.ssh"
	cp "$(type -P true)" "$HOME/.ssh/tool"
	run_bg -m ask --hold 60 -- "$HOME/.ssh/tool"
	wait_question exec "$HOME/.ssh/tool" >/dev/null || exit 1
	kill -TERM "$RUN"
	wait_run
	is "$STATUS" 143 "exit status"
}

killing_the_supervisor_ends_everything() {
	local marker="86433.$NUMBER$RANDOM"

	writable_work
	run_bg -s settings.json -m enforce -- \
		sh -c "setsid sleep $marker & sleep $marker & : >~/work/ready; wait"
	wait_for test -e "$HOME/work/ready" || fail "not ready"
	[ -n "$(pids_with "$marker")" ] || fail "the marker cannot be seen from the host"
	kill -KILL "$RUN"
	wait_for no_pids_with "$marker" || fail "still running: $(pids_with "$marker")"
	# A neighbour started afterwards is not troubled by what was left behind.
	"$SRT_TOP" run -n t -s settings.json -m enforce -- echo fine >out2 2>err2
	is "$(<out2)" fine "output of the next run"
	"$SRT_TOP" pending --json >out3 2>err3 || fail "pending after the crash: $(<err3)"
	is "$(<out3)" "" "questions after the crash"
}

# bwrap reads from a pipe what it is to mount: more than that holds, and the supervisor dies while it writes.
killed_before_bwrap_knows_all() {
	local real bwrap name

	real=$(command -v bwrap) || fail "no bwrap"
	mkdir "$HOME/work" "$HOME/hidden"
	name=$(printf 'n%.0s' {1..200})
	for i in {1..400}; do
		mkdir "$HOME/hidden/$name$i"
	done
	settings "$HOME/work" "" "$HOME/hidden/*"
	printf '#!/bin/sh\necho $$ >%s\nwhile [ ! -e %s ]; do sleep 0.02; done\nexec %s "$@"\n' \
		"$HOME/bwrap.pid" "$HOME/go" "$real" >"$HOME/bwrap"
	chmod 755 "$HOME/bwrap"
	jq --arg path "$HOME/bwrap" '.bwrapPath = $path' settings.json >with_bwrap.json
	run_bg -s with_bwrap.json -m enforce -- sh -c ": >$HOME/work/ran"
	wait_for test -s "$HOME/bwrap.pid" || fail "bwrap was not started: $(<err)"
	bwrap=$(<"$HOME/bwrap.pid")
	remember "$bwrap"
	kill -KILL "$RUN"
	wait_for gone "$RUN" || fail "the supervisor did not end"
	: >"$HOME/go"
	wait_for gone "$bwrap" || fail "bwrap did not end"
	[ ! -e "$HOME/work/ran" ] || fail "the program has run"
}

no_helper_process_stays() {
	local helpers

	run_bg -m enforce -- sleep 0.3
	wait_for is_running_below "$RUN" || fail "nothing started"
	helpers=$(descendants "$RUN")
	wait_run
	for pid in $helpers; do
		wait_for gone "$pid" || fail "still there: $(tr '\0' ' ' <"/proc/$pid/cmdline")"
	done
}

descendants() { # descendants PID
	local child

	for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
		echo "$child"
		descendants "$child"
	done
}

is_running_below() {
	[ "$(descendants "$1" | wc -l)" -ge 2 ]
}

test_case "HUP, INT, USR1, USR2 and TERM reach the program" signals_reach_the_program
test_case "a program that ignores TERM goes on" a_program_may_ignore_term
test_case "TERM ends a program that does not handle it, with 143" an_untrapped_signal_ends_it
test_case "TERM ends a program whose very exec is held" a_held_program_is_ended
test_case "SIGKILL of the supervisor ends everything inside" killing_the_supervisor_ends_everything
test_case "nor does anything run when it comes before bwrap knows what to mount" \
	killed_before_bwrap_knows_all
test_case "no process of the supervisor stays" no_helper_process_stays
test_end
