#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The program's own database and sockets: private, and out of reach from inside.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

modes_are_private() {
	umask 022
	run -m enforce -- true
	is "$(stat -c %a "$HOME/.local/state/srt-top")" 700 "mode of the directory"
	is "$(stat -c %a "$HOME/.local/state/srt-top/srt-top.db")" 600 "mode of the database"
	find "$HOME/.local/state/srt-top" -type f -perm /077 >loose
	is "$(<loose)" "" "files that others may read"
}

the_socket_is_private_and_goes_with_the_run() {
	run_bg -m enforce -- sleep 0.5
	wait_for has_socket || fail "no control socket"
	is "$(stat -c %a "$SRT_TOP_RUNTIME_DIR")" 700 "mode of the directory"
	wait_run
	must_not has_socket
}

has_socket() {
	compgen -G "$SRT_TOP_RUNTIME_DIR/*.sock" >/dev/null
}

nothing_of_it_is_visible_inside() {
	run -m enforce -- true
	run -m enforce -- sh -c 'cat ~/.local/state/srt-top/srt-top.db; ls -A ~/.local/state/srt-top "$SRT_TOP_RUNTIME_DIR" | grep -v : ; true'
	is "$(tr -d '\n' <out)" "" "what the program sees"
}

not_even_where_writing_is_allowed() {
	mkdir -p "$HOME/.config/srt-top"
	echo own >"$HOME/.config/srt-top/own"
	settings "~ $SRT_TOP_RUNTIME_DIR"
	run -m enforce -- true
	run -s settings.json -m enforce -- sh -c 'echo x >~/free; cat ~/.config/srt-top/own; ls -A ~/.local/state/srt-top "$SRT_TOP_RUNTIME_DIR" | grep -v :
		echo x >>~/.local/state/srt-top/srt-top.db; rm -rf ~/.local/state/srt-top; mv ~/.local/state ~/gone; true'
	is "$(tr -d '\n' <out)" "" "what the program sees"
	must test -s "$HOME/free"
	must test -s "$HOME/.local/state/srt-top/srt-top.db"
	must "$SRT_TOP" sessions --json >sessions.json
	is "$(jq -s length sessions.json)" 2 "sessions in the history"
}

it_is_never_asked_about() {
	run -m enforce -- true
	run_bg -m ask --hold 20 -- sh -c 'cat ~/.local/state/srt-top/srt-top.db; echo end'
	WAIT_SECONDS=15 wait_run
	is "$(<out)" end "output"
	is "$(pending)" "" "questions"
}

a_chosen_database_is_hidden_too() {
	mkdir -m 700 "$HOME/chosen"
	export SRT_TOP_DB=$HOME/chosen/history.db
	run -m enforce -- true
	must test -s "$SRT_TOP_DB"
	is "$(stat -c %a "$SRT_TOP_DB")" 600 "mode of the database"
	run -m enforce -- sh -c 'cat "$SRT_TOP_DB"; true'
	is "$(<out)" "" "what the program sees"
	must_not test -e "$HOME/.local/state/srt-top/srt-top.db"
}

sessions_are_remembered() {
	run -m enforce -- true
	run -m enforce -- sh -c 'exit 3'
	must "$SRT_TOP" sessions --json --name t >sessions.json
	is "$(jq -s length sessions.json)" 2 "sessions"
	must jq -se 'map(.server == "t") | all' sessions.json >/dev/null
	has "$(<sessions.json)" "exit 3" "the command"
}

the_supervisor_is_out_of_reach() {
	run -m enforce -- sh -c 'ps -e 2>/dev/null | grep -c srt-top; ls /proc | grep -cE "^[0-9]+$"'
	is "$(head -n 1 out)" 0 "supervisors visible inside"
	[ "$(tail -n 1 out)" -le 8 ] || fail "processes visible inside: $(tail -n 1 out)"
}

no_privilege_inside() {
	run -m enforce -- grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
	# Root keeps what lets it pass by the modes of its own files, and no more.
	is "$(awk '/^Cap/ { print $2 }' out | sort -u)" \
		"$([ "$(id -u)" -eq 0 ] && echo 000000000000001b || echo 0000000000000000)" "capabilities"
	must grep -qE '^NoNewPrivs:.1$' out
	must grep -qE '^Seccomp:.2$' out
}

# Other tests run beside this one and have names of their own there: not during each of five runs.
nothing_is_left_in_temporary_places() {
	for _ in 1 2 3 4 5; do
		find /tmp -maxdepth 1 -name '*srt-top*' | sort >before
		run -m enforce -- sh -c 'echo x >"$(mktemp)"'
		find /tmp -maxdepth 1 -name '*srt-top*' | sort >after
		comm -13 before after | grep -vE '/srt-top-(case|check|demo)[.]' >new
		[ -s new ] || return 0
	done
	fail "new names in /tmp: $(<new)"
}

test_case "the database is 0600 in a directory 0700" modes_are_private
test_case "the control socket is private and goes with the run" the_socket_is_private_and_goes_with_the_run
test_case "database and sockets are invisible inside" nothing_of_it_is_visible_inside
test_case "they stay so where the settings allow writing everywhere" not_even_where_writing_is_allowed
test_case "they are never asked about" it_is_never_asked_about
test_case "a database that SRT_TOP_DB names is hidden too" a_chosen_database_is_hidden_too
test_case "sessions are remembered" sessions_are_remembered
test_case "the supervisor cannot be seen from inside" the_supervisor_is_out_of_reach
test_case "the program holds no capability and cannot gain one" no_privilege_inside
test_case "nothing is left in temporary places" nothing_is_left_in_temporary_places
test_end
