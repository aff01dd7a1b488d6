#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The exit status is the program's own, and nothing it started stays.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

status_is() { # status_is WANTED COMMAND...
	local wanted=$1

	shift
	run -m enforce -- "$@"
	is "$STATUS" "$wanted" "exit status of $*"
}

a_status_is_passed_on() {
	status_is 0 true
	status_is 1 false
	status_is 3 sh -c 'exit 3'
	status_is 125 sh -c 'exit 125'
	status_is 255 sh -c 'exit 255'
}

a_missing_program_is_127() {
	status_is 127 /no/such/program
	status_is 127 no-such-program-anywhere
	is "$(<out)" "" "standard output"
	has "$(<err)" "no-such-program-anywhere" "the line about it"
}

a_program_that_cannot_be_run_is_126() {
	echo 'not a program' >"$HOME/plain"
	status_is 126 "$HOME/plain"
	mkdir "$HOME/directory"
	status_is 126 "$HOME/directory"
}

a_script_without_interpreter_line_is_not_run() {
	local status

	echo 'echo ran' >"$HOME/script"
	chmod +x "$HOME/script"
	run -m enforce -- "$HOME/script"
	status=$STATUS
	# 126 by execve's rule; a shell's fallback (0, and it ran) would be good too. Never both half.
	case $status in
	126) is "$(<out)" "" "output of a program that did not run" ;;
	0) is "$(<out)" ran "output" ;;
	*) fail "exit status $status" ;;
	esac
}

a_signal_is_128_and_its_number() {
	status_is 143 sh -c 'kill -TERM $$'
	status_is 137 sh -c 'kill -KILL $$'
	status_is 139 sh -c 'ulimit -c 0; kill -SEGV $$'
}

words_arrive_as_they_are() {
	run -m enforce -- printf '<%s>' 'a b' '' '*' '$HOME' "it's" $'tab\there' 'é' -n --
	is "$(<out)" "<a b><><*><\$HOME><it's>"$'<tab\there>'"<é><-n><-->" "words"
}

a_command_string_is_the_shells() {
	run -m enforce -c 'x=4; echo $((x + 1)); exit 9'
	is "$STATUS" 9 "exit status"
	is "$(<out)" 5 "output"
}

the_working_directory_and_environment_stay() {
	mkdir "$HOME/here"
	cd "$HOME/here" || exit 1
	KEEP='a value' run -m enforce -- sh -c 'pwd; echo "$KEEP"; echo "$HOME"'
	is "$(<out)" "$HOME/here"$'\na value\n'"$HOME" "what the program sees"
}

background_processes_end_with_the_program() {
	local marker="86431.$NUMBER$RANDOM"

	run -m enforce -- sh -c "sleep $marker & echo started"
	is "$(<out)" started "output"
	wait_for no_pids_with "$marker" || fail "still running: $(pids_with "$marker")"
}

a_daemon_does_not_escape() {
	local marker="86432.$NUMBER$RANDOM"

	run -m enforce -- sh -c "setsid sh -c 'trap \"\" HUP TERM; sleep $marker & wait' & sleep 0.2; echo x"
	is "$(<out)" x "output"
	wait_for no_pids_with "$marker" || fail "still running: $(pids_with "$marker")"
}

two_sessions_do_not_disturb_each_other() {
	run_bg -m enforce -- sh -c 'sleep 0.5; echo first; exit 4'
	"$SRT_TOP" run -n other -m enforce -- sh -c 'echo second; exit 5' >out2 2>err2
	is $? 5 "exit status of the second"
	wait_run
	is "$STATUS" 4 "exit status of the first"
	is "$(<out) $(<out2)" "first second" "outputs"
}

test_case "the program's exit status is passed on" a_status_is_passed_on
test_case "a program that is not there gives 127 and one line" a_missing_program_is_127
test_case "a program that may not be executed gives 126" a_program_that_cannot_be_run_is_126
test_case "a script without an interpreter line runs whole or not at all" \
	a_script_without_interpreter_line_is_not_run
test_case "death by signal n gives 128+n" a_signal_is_128_and_its_number
test_case "every word reaches the program as it is" words_arrive_as_they_are
test_case "-c runs a string in a shell" a_command_string_is_the_shells
test_case "working directory and environment are the caller's" the_working_directory_and_environment_stay
test_case "background processes end with the program" background_processes_end_with_the_program
test_case "a daemon that ignores signals ends with the program" a_daemon_does_not_escape
test_case "two sessions at once do not disturb each other" two_sessions_do_not_disturb_each_other
test_end
