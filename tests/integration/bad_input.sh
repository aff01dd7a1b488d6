#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Whatever is wrong: a clear line, the right exit status, and nothing runs unconfined.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# What the command would do if it ran without a sandbox: leave a file.
marker() {
	echo "$HOME/ran"
}

refused() { # refused PART ARGUMENT...: 125, a line with PART, and the command did not run
	local part=$1

	shift
	run "$@" -- touch "$(marker)"
	is "$STATUS" 125 "exit status"
	has "$(<err)" "$part" "the line about it"
	is "$(<out)" "" "standard output"
	must_not test -e "$(marker)"
}

one_line() {
	[ "$(wc -l <err)" -le 2 ] || fail "more than a line: $(<err)"
}

a_missing_settings_file() {
	refused "does not exist" -s "$HOME/missing.json"
	one_line
	refused "$HOME/missing.json" -s "$HOME/missing.json"
}

an_unreadable_settings_file() {
	mkdir "$HOME/directory.json"
	refused "could not be read" -s "$HOME/directory.json"
	one_line
}

an_empty_settings_file() {
	printf ' \n' >settings.json
	refused "is empty" -s settings.json
	one_line
}

a_settings_file_that_is_not_json() {
	echo 'network: {}' >settings.json
	refused "is not valid JSON" -s settings.json
	one_line
}

a_settings_file_with_wrong_fields() {
	echo '{"network": {"allowedDomains": "x", "deniedDomains": []}, "filesystem": {}}' >settings.json
	refused "network.allowedDomains" -s settings.json
	refused "filesystem.denyRead" -s settings.json
}

a_settings_file_with_a_key_twice() {
	echo '{"network": {"allowedDomains": [], "allowedDomains": ["a.com"], "deniedDomains": []},
		"filesystem": {"denyRead": [], "allowWrite": [], "denyWrite": []}}' >settings.json
	refused "allowedDomains" -s settings.json
}

a_broken_default_settings_file() {
	echo '{' >"$HOME/.srt-settings.json"
	refused ".srt-settings.json" -m enforce
}

# bwrap has been started by then, and waits to be told what to mount.
what_cannot_be_protected() {
	mkdir "$HOME/work"
	settings "$HOME/work" "$HOME/work/$(printf 'n%.0s' {1..300})"
	refused "cannot be protected" -s settings.json
	is "$(wc -l <err)" 1 "lines: $(<err)"
	is "$(pids_with "$PWD/settings.json")" "" "what is left"
}

no_command() {
	run -m enforce
	is "$STATUS" 125 "exit status"
	must test -s err
	run -m enforce --
	is "$STATUS" 125 "exit status with --"
	run -c ''
	is "$STATUS" 125 "exit status with an empty -c"
}

wrong_options() {
	refused "" -m sometimes
	refused "" --hold soon
	refused "" --hold -1
	refused "" --no-such-option
	refused "" --network none-such
}

no_bubblewrap() {
	mkdir bin
	ln -s "$(command -v touch)" bin/touch
	PATH=$PWD/bin run -m enforce -- touch "$(marker)"
	is "$STATUS" 125 "exit status"
	has "$(<err)" "bubblewrap" "the line about it"
	one_line
	must_not test -e "$(marker)"
}

a_bubblewrap_that_fails() {
	mkdir bin
	printf '#!/bin/sh\necho "bwrap: no" >&2\nexit 1\n' >bin/bwrap
	chmod +x bin/bwrap
	PATH=$PWD/bin:$PATH run -m enforce -- touch "$(marker)"
	is "$STATUS" 125 "exit status"
	must test -s err
	must_not test -e "$(marker)"
}

a_bubblewrap_that_is_no_program() {
	mkdir bin
	echo "neither a program nor a script" >bin/bwrap
	chmod +x bin/bwrap
	PATH=$PWD/bin:$PATH run -m enforce -- touch "$(marker)"
	is "$STATUS" 125 "exit status"
	has "$(<err)" "$PWD/bin/bwrap: Exec format error" "the line about it"
	one_line
	must_not test -e "$(marker)"
}

no_terminal_for_the_dashboard() {
	must_not "$SRT_TOP" </dev/null >out 2>err
	has "$(<err)" terminal "the line about it"
	one_line
}

a_locked_database() {
	echo token >"$HOME/.npmrc"
	run -m enforce -- true
	command -v sqlite3 >/dev/null || command -v python3 >/dev/null || skip "neither sqlite3 nor python3"
	lock_database
	run -m enforce -- sh -c 'cat ~/.npmrc; echo end'
	is "$STATUS" 0 "exit status"
	is "$(<out)" end "output"
	kill "$LOCKER"
}

lock_database() {
	local db=$HOME/.local/state/srt-top/srt-top.db

	must test -e "$db"
	if command -v sqlite3 >/dev/null; then
		(echo 'BEGIN EXCLUSIVE; SELECT "locked";'; exec sleep 60) | sqlite3 "$db" >locked &
	else
		python3 -c 'import sqlite3, sys, time
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(60)' "$db" >locked &
	fi
	LOCKER=$!
	wait_for test -s locked || fail "could not lock the database"
}

a_corrupt_database() {
	mkdir -p "$HOME/.local/state"
	mkdir -m 700 "$HOME/.local/state/srt-top"
	head -c 65536 /dev/urandom >"$HOME/.local/state/srt-top/srt-top.db"
	chmod 600 "$HOME/.local/state/srt-top/srt-top.db"
	cp "$HOME/.local/state/srt-top/srt-top.db" before
	echo token >"$HOME/.npmrc"
	run -m enforce -- sh -c 'cat ~/.npmrc; echo end'
	is "$STATUS" 0 "exit status: a database costs history, never a session"
	is "$(<out)" end "output"
	has "$(<err)" "srt-top.db" "the line about it"
	must_not "$SRT_TOP" events --json >out 2>err
	has "$(<err)" "srt-top.db" "the line about it"
	is "$(wc -l <err)" 1 "lines"
	# What is not ours is never touched.
	must cmp "$HOME/.local/state/srt-top/srt-top.db" before
}

a_directory_for_the_database_that_others_may_read() {
	mkdir -p "$HOME/.local/state/srt-top"
	chmod 755 "$HOME/.local/state/srt-top"
	run -m enforce -- echo fine
	is "$STATUS" 0 "exit status"
	is "$(<out)" fine "output"
	is "$(stat -c %a "$HOME/.local/state/srt-top/srt-top.db" 2>/dev/null || echo 600)" 600 "mode of the database"
}

a_runtime_directory_of_others() {
	chmod 777 "$SRT_TOP_RUNTIME_DIR"
	run -m ask -- touch "$(marker)"
	is "$STATUS" 125 "exit status"
	has "$(<err)" "$SRT_TOP_RUNTIME_DIR" "the line about it"
	must_not test -e "$(marker)"
}

unknown_commands() {
	must_not "$SRT_TOP" no-such-command >out 2>err
	must test -s err
	is "$(<out)" "" "standard output"
	must_not "$SRT_TOP" export >out 2>err
	is "$(<out)" "" "standard output"
	must_not "$SRT_TOP" export never-seen >out 2>err
	is "$(<out)" "" "standard output"
	has "$(<err)" never-seen "the line about it"
}

a_missing_home() {
	HOME=$CASE/no-such-home run -m enforce -- echo fine
	is "$(<out)" fine "output"
	is "$STATUS" 0 "exit status"
}

test_case "a settings file that is not there: 125, nothing runs" a_missing_settings_file
test_case "a settings file that cannot be read: 125, nothing runs" an_unreadable_settings_file
test_case "an empty settings file: 125, nothing runs" an_empty_settings_file
test_case "a settings file that is not JSON: 125, nothing runs" a_settings_file_that_is_not_json
test_case "wrong fields are named: 125, nothing runs" a_settings_file_with_wrong_fields
test_case "a key given twice: 125, nothing runs" a_settings_file_with_a_key_twice
test_case "a broken ~/.srt-settings.json: 125, nothing runs" a_broken_default_settings_file
test_case "a name that cannot be kept free: 125, nothing runs" what_cannot_be_protected
test_case "no command: 125" no_command
test_case "wrong options: 125, nothing runs" wrong_options
test_case "no bubblewrap: 125, nothing runs" no_bubblewrap
test_case "a bubblewrap that fails: 125, nothing runs" a_bubblewrap_that_fails
test_case "a bubblewrap that is no program: 125, nothing runs" a_bubblewrap_that_is_no_program
test_case "the dashboard without a terminal: a line, and it ends" no_terminal_for_the_dashboard
test_case "a locked database does not hinder a session" a_locked_database
test_case "a file that is no database costs history only, and is not touched" a_corrupt_database
test_case "a database directory open to others does not hinder a session" \
	a_directory_for_the_database_that_others_may_read
test_case "a runtime directory open to others: 125, nothing runs" a_runtime_directory_of_others
test_case "unknown commands and names: a line, and no output" unknown_commands
test_case "a home directory that does not exist does not hinder a session" a_missing_home
test_end
