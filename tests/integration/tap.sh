#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --tap: every byte comes through as without it, and events say what was being asked for.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

tapped() { # tapped COMMAND...
	"$SRT_TOP" run -n t -m enforce --tap -- "$@"
}

bytes_come_through_whole() {
	head -c 67108864 /dev/urandom >sent
	# From and to files, which never make anybody wait, and through pipes, which do.
	tapped cat <sent >received
	is $? 0 "exit status"
	must cmp sent received
	# shellcheck disable=SC2002 # a pipe is what is wanted
	cat sent | tapped cat | cat >received
	is "${PIPESTATUS[*]}" "0 0 0" "exit status"
	must cmp sent received
}

both_ways_at_once() {
	head -c 67108864 /dev/urandom >sent
	head -c 67108864 /dev/zero | tr '\0' '{' >other
	# The program writes one thing while it reads another.
	# shellcheck disable=SC2016 # for the shell inside
	tapped sh -c 'cat other & sha256sum >&2; wait' <sent >received 2>sum
	is "$(cut -d' ' -f1 <sum)" "$(sha256sum <sent | cut -d' ' -f1)" "what came in"
	must cmp other received
}

end_of_input_reaches_the_program() {
	is "$(printf 'one\ntwo' | tapped wc -c)" 7 "bytes read"
	is "$(tapped wc -c </dev/null)" 0 "bytes of an empty input"
	# The other way stays open: what is written after the end of the input arrives.
	is "$(printf x | tapped sh -c 'cat >/dev/null; echo after')" after "what is written then"
}

a_program_that_reads_nothing_ends() {
	yes | tapped sh -c 'exit 7'
	is "${PIPESTATUS[1]}" 7 "exit status"
	mkfifo open
	exec 7<>open
	tapped sh -c 'echo out; exit 3' <open >out
	is $? 3 "exit status with an input that stays open"
	is "$(<out)" out output
	exec 7>&-
}

a_reader_that_leaves_ends_the_writer() {
	tapped yes 2>err | head -n 1 >out
	is "${PIPESTATUS[0]}" 141 "exit status of a program that SIGPIPE ended"
	is "$(<out)" y "what the reader got"
}

a_slow_reader_gets_all() {
	# More than all pipes between hold, and the program is gone when it is read.
	# shellcheck disable=SC2094 # it is read to see that it has been written
	tapped sh -c 'seq 1 20000; echo all >&2' 2>err | {
		wait_for said all err || echo "the program waits"
		cat
	} >out || true
	is "$(tail -n 1 out)" 20000 "the last line"
	is "$(grep -c . out)" 20000 "lines: $(head -n 1 out)"
}

a_signal_reaches_the_program() {
	mkfifo open
	exec 7<>open
	"$SRT_TOP" run -n t -m enforce --tap -- sh -c 'trap "echo caught; exit 9" TERM; echo up; while :; do sleep 0.05; done' <open >out &
	RUN=$!
	remember "$RUN"
	wait_for said up
	kill -TERM "$RUN"
	wait_run
	is "$STATUS" 9 "exit status"
	is "$(tail -n 1 out)" caught "output"
	exec 7>&-
}

no_line_waits_for_another() {
	must python3 - "$SRT_TOP" <<-'END'
		import subprocess, sys
		p = subprocess.Popen([sys.argv[1], 'run', '-n', 't', '-m', 'enforce', '--tap', '--', 'cat'],
		                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
		for i in range(200):
		    p.stdin.write(b'%d' % i)
		    p.stdin.flush()
		    assert p.stdout.read1(100) == b'%d' % i
		p.stdin.close()
		assert p.stdout.read() == b'' and p.wait() == 0
	END
}

a_non_blocking_client_is_served() {
	must python3 - "$SRT_TOP" <<-'END'
		import os, subprocess, sys, select
		ours, theirs = os.pipe()
		os.set_blocking(theirs, False)
		p = subprocess.Popen([sys.argv[1], 'run', '-n', 't', '-m', 'enforce', '--tap', '--',
		                      'head', '-c', '3000000', '/dev/zero'], stdin=subprocess.DEVNULL, stdout=theirs)
		os.close(theirs)
		total = 0
		while data := os.read(ours, 100000):
		    total += len(data)
		assert total == 3000000 and p.wait() == 0, total
	END
}

events_name_the_request() {
	mkdir "$HOME/.ssh" "$HOME/notes" && echo hidden >"$HOME/.ssh/config" && echo hidden >"$HOME/.npmrc"
	for tap in "" --tap; do
		# shellcheck disable=SC2086 # a word or none
		"$DEMO/client" -c read_notes -c "read_notes=$HOME/.npmrc" -c save_note=hello -- \
			"$SRT_TOP" run -n "t$tap" -m ask $tap -- "$DEMO/sample_server" >said 2>err
		is $? 1 "exit status of the client: the tools report errors"
		"$SRT_TOP" events --json --name "t$tap" >"rows$tap"
	done
	is "$(jq -r 'select(.request) | .request' rows)" "" "requests without --tap"
	is "$(jq -r --arg o "$HOME/.ssh/config" 'select(.object == $o) | .request' rows--tap)" \
		'tools/call read_notes' "request of the first call"
	is "$(jq -r --arg o "$HOME/.npmrc" 'select(.object == $o) | .request' rows--tap)" \
		'tools/call read_notes' "request of the second call"
	is "$(jq -r 'select(.kind == "write") | .request' rows--tap)" 'tools/call save_note' "request of the third call"
	# What is done before any request has none.
	is "$(jq -r 'select(.object | contains(".ssh") or contains("npmrc") or contains("notes") | not) | .request // "none"' rows--tap | sort -u | grep -v none)" "" "other requests"
}

off_means_untouched() {
	"$SRT_TOP" run -n t -m enforce -- sh -c 'readlink /proc/self/fd/0 >&2' 2>without <settings_or_this
	has "$(<without)" /settings_or_this "standard input without --tap"
	tapped sh -c 'readlink /proc/self/fd/0 >&2' 2>with <settings_or_this
	has "$(<with)" pipe: "standard input with --tap"
}

prepare() {
	echo >settings_or_this
	"$@"
}

test_case '64 MiB come through whole' bytes_come_through_whole
test_case '64 MiB each way at once come through whole' both_ways_at_once
test_case 'the end of the input reaches the program' end_of_input_reaches_the_program
test_case 'a program that reads nothing ends all the same' a_program_that_reads_nothing_ends
test_case 'a reader that leaves ends the writer' a_reader_that_leaves_ends_the_writer
test_case 'a slow reader gets all of it' a_slow_reader_gets_all
test_case 'a signal reaches the program' a_signal_reaches_the_program
test_case 'no line waits for another' no_line_waits_for_another
test_case 'a client with non-blocking pipes is served' a_non_blocking_client_is_served
test_case 'events of a real server name the request' events_name_the_request
test_case 'without it nothing is touched' prepare off_means_untouched
test_end
