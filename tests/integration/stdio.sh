#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Standard input, output and error belong to the program.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

bytes_come_through_whole() {
	head -c 67108864 /dev/urandom >sent
	"$SRT_TOP" run -n t -m enforce -- cat <sent >received
	is $? 0 "exit status"
	must cmp sent received
}

bytes_come_through_a_pipe_both_ways() {
	local sent received

	head -c 8388608 /dev/urandom >data
	sent=$(sha256sum <data)
	received=$(head -c 8388608 data | "$SRT_TOP" run -n t -m ask -- cat | sha256sum)
	is "$received" "$sent" "checksum"
}

end_of_input_reaches_the_program() {
	is "$(printf 'one\ntwo' | "$SRT_TOP" run -n t -m enforce -- wc -c)" 7 "bytes read"
	is "$("$SRT_TOP" run -n t -m enforce -- wc -c </dev/null)" 0 "bytes of an empty input"
}

a_reader_that_leaves_ends_the_writer() {
	"$SRT_TOP" run -n t -m enforce -- yes 2>err | head -n 1 >out
	is "${PIPESTATUS[0]}" 141 "exit status of a program that SIGPIPE ended"
	is "$(<out)" y "what the reader got"
}

the_descriptors_are_the_very_same() {
	local outside inside

	# A pipe has one number wherever it is seen from.
	"$SRT_TOP" run -n t -m enforce -- sh -c 'readlink /proc/self/fd/0 >&2' 2>inside \
		< <(me=$BASHPID; pipe=$(readlink "/proc/$me/fd/1"); echo "$pipe" >outside)
	wait_for test -s outside || fail "nothing outside"
	outside=$(<outside) inside=$(tail -n 1 inside)
	has "$outside" "pipe:" "standard input outside"
	is "$inside" "$outside" "standard input inside"
}

nothing_else_is_open_inside() {
	exec 7<"$SRT_TOP" 8>leak
	run -m enforce -- sh -c 'ls /proc/self/fd'
	exec 7<&- 8>&-
	is "$STATUS" 0 "exit status"
	# ls itself opens the directory as its next free descriptor.
	is "$(tr '\n' ' ' <out)" "0 1 2 3 " "open descriptors"
}

output_and_error_stay_apart() {
	run -m enforce -- sh -c 'echo to output; echo to error >&2'
	is "$(<out)" "to output" "standard output"
	is "$(<err)" "to error" "standard error"
}

refusals_and_questions_leave_the_output_alone() {
	echo secret >"$HOME/.npmrc"
	run -m ask -- sh -c 'cat ~/.npmrc 2>/dev/null; echo x 2>/dev/null >~/new; echo only this'
	is "$(<out)" "only this" "standard output"
	is "$(<err)" "" "standard error"
	must_be_denied read "$HOME/.npmrc"
	must_be_denied write "$HOME/new"
}

an_error_of_the_supervisor_leaves_the_output_alone() {
	echo '{' >settings.json
	run -s settings.json -- echo never
	is "$STATUS" 125 "exit status"
	is "$(<out)" "" "standard output"
	must test -s err
}

nothing_takes_the_place_of_a_closed_descriptor() {
	"$SRT_TOP" run -n t -m enforce -- sh -c 'echo "[$(readlink /proc/$$/fd/1)]" >&2' 2>err >&-
	case $(<err) in
	'[]' | '[/dev/null]') ;;
	*) fail "standard output inside: $(<err)" ;;
	esac
}

test_case "64 MiB go through cat byte for byte, from and to files" bytes_come_through_whole
test_case "8 MiB go through cat byte for byte, from and to pipes" bytes_come_through_a_pipe_both_ways
test_case "the end of the input reaches the program" end_of_input_reaches_the_program
test_case "a program whose reader has left gets SIGPIPE" a_reader_that_leaves_ends_the_writer
test_case "the program's standard input is the caller's own pipe" the_descriptors_are_the_very_same
test_case "no other descriptor of the caller is open inside" nothing_else_is_open_inside
test_case "output and error stay apart, and nothing is added" output_and_error_stay_apart
test_case "refusals write nothing to the program's output" refusals_and_questions_leave_the_output_alone
test_case "an error of srt-top is not on standard output" an_error_of_the_supervisor_leaves_the_output_alone
test_case "nothing takes the place of a closed standard output" nothing_takes_the_place_of_a_closed_descriptor
test_end
