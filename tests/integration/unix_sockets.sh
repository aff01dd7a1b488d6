#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Unix sockets: judged by path, asked about, connected to by the supervisor; no way round it.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

serve() { # serve PATH: a server of the host's, which greets
	"$BUILD/tests/integration/helpers/unix_server" "$1" &
	remember $!
	wait_for test -S "$1" || fail "the server did not start"
}


refused_by_default() {
	serve "$HOME/s"
	run -m enforce -- "$PROBE" unix "$HOME/s"
	probe_says unix "$HOME/s" EACCES
	must_be_denied unix "$HOME/s" '(.exe | endswith("/probe")) and .syscall == "connect"'
}

what_is_not_there_is_no_denial() {
	: >"$HOME/file"
	run -m enforce -- "$PROBE" unix "$HOME/none" , unix "$HOME/file" , unix "$HOME/no/where"
	probe_says unix "$HOME/none" ENOENT
	probe_says unix "$HOME/file" ECONNREFUSED
	is "$(events --denied)" "" "denials"
}

allowed_by_the_settings() {
	mkdir "$HOME/dir"
	serve "$HOME/dir/s"
	serve "$HOME/other"
	settings
	jq '.network.allowUnixSockets = ["~/dir"]' settings.json >s.json
	cd "$HOME" || exit 1
	"$SRT_TOP" run -n t -m enforce -s "$CASE/s.json" -- \
		"$PROBE" greeting dir/s , greeting "$HOME/dir/s" , unix "$HOME/other" >"$CASE/out" 2>"$CASE/err"
	cd "$CASE" || exit 1
	probe_says greeting dir/s ok
	probe_says greeting "$HOME/dir/s" ok
	is "$(grep -c '^hello$' out)" 2 "greetings"
	probe_says unix "$HOME/other" EACCES
	must_not_be_denied "$HOME/dir/s"
}

asked_and_allowed_while_it_waits() {
	serve "$HOME/s"
	run_bg --hold 60 -- "$PROBE" greeting "$HOME/s" , greeting "$HOME/s"
	answer unix "$HOME/s" allow --for always
	wait_run
	is "$(grep -c '^hello$' out)" 2 "greetings"
	is "$(event_rows unix "$HOME/s" ask | wc -l)" 0 "questions that are left"
	# Kept: the next run is not asked.
	run -m enforce -- "$PROBE" greeting "$HOME/s"
	probe_says greeting "$HOME/s" ok
}

what_is_hidden_is_not_asked_about() {
	mkdir "$HOME/d"
	serve "$HOME/d/s"
	settings "" "" "~/d"
	run_bg -s settings.json --hold 60 -- "$PROBE" unix "$HOME/d/s"
	wait_run
	must_not grep -q ': ok' out
	must_be_denied unix "$HOME/d/s" '.rule | startswith("denyRead")'
}

asked_and_denied() {
	serve "$HOME/s"
	run_bg --hold 60 -- "$PROBE" unix "$HOME/s"
	answer unix "$HOME/s" deny
	wait_run
	probe_says unix "$HOME/s" EACCES
}

our_own_socket_is_closed() {
	run_bg --hold 60 -- sh -c "while [ ! -e $HOME/go ]; do sleep 0.05; done
		$PROBE unix \$(ls -d $SRT_TOP_RUNTIME_DIR/*.sock 2>/dev/null || echo $SRT_TOP_RUNTIME_DIR/x) , unix $SRT_TOP_RUNTIME_DIR/sock"
	wait_for live || fail "no socket"
	# By a name that leads there, too.
	ln "$(echo "$SRT_TOP_RUNTIME_DIR"/*.sock)" "$SRT_TOP_RUNTIME_DIR/sock"
	: >"$HOME/go"
	wait_run
	must_not grep -q ': ok' out
	rm "$SRT_TOP_RUNTIME_DIR/sock"
}

live() {
	[ -S "$(echo "$SRT_TOP_RUNTIME_DIR"/*.sock)" ]
}

serving_is_refused() {
	mkdir "$HOME/work"
	settings "~/work"
	run -s settings.json -m enforce -- "$PROBE" serve "$HOME/work/s" , serve "$HOME/none/s"
	probe_says serve "$HOME/work/s" EACCES
	probe_says serve "$HOME/none/s" ENOENT
	must_be_denied bind "$HOME/work/s" '.syscall == "bind"'
	must_not_be_denied "$HOME/none/s"
	must_not test -e "$HOME/work/s"
}

no_other_way_in() {
	serve "$HOME/s"
	run -m enforce -- "$PROBE" datagram "$HOME/s" , stub "$HOME/s"
	must_not grep -q ': ok' out
	probe_says stub "$HOME/s" EACCES
}

all_of_them_as_the_settings_say() {
	serve "$HOME/s"
	settings
	jq '.network.allowAllUnixSockets = true' settings.json >s.json
	run -s s.json -m enforce -- "$PROBE" greeting "$HOME/s"
	probe_says greeting "$HOME/s" ok
}

test_case "a socket is refused unless something allows it" refused_by_default
test_case "a socket that is not there, and a file, are no denials" what_is_not_there_is_no_denial
test_case "allowUnixSockets opens a path and what lies below it" allowed_by_the_settings
test_case "asked, and allowed while it waits" asked_and_allowed_while_it_waits
test_case "asked, and denied" asked_and_denied
test_case "what the settings hide is not asked about" what_is_hidden_is_not_asked_about
test_case "srt-top's own socket is closed" our_own_socket_is_closed
test_case "a program cannot be a server" serving_is_refused
test_case "neither datagrams nor a stub get round it" no_other_way_in
test_case "allowAllUnixSockets opens all" all_of_them_as_the_settings_say
test_end
