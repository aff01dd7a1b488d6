#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Grants come into a running sandbox and leave it again: by rules added and removed, and whatever
# the program does to the paths meanwhile.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

# A shell in a sandbox that does what it is told, line by line. Its answers: do_inside COMMAND,
# then $SAID. What a session is asked is answered elsewhere.
start_shell() {
	mkdir -p "$HOME/work"
	settings "~/work" "" "${DENY_READ-}"
	mkfifo "$HOME/work/orders"
	run_bg -s settings.json -m ask --hold 20 -- bash -c '
		exec 3<>~/work/orders
		while read -r n line <&3; do
			{ eval "$line"; } >~/work/said.$n 2>&1
			: >~/work/done.$n
		done'
	exec 4<>"$HOME/work/orders"
	ORDER=0
}

tell_inside() { # without waiting for the end
	ORDER=$((ORDER + 1))
	echo "$ORDER $1" >&4
}

await_inside() {
	wait_for test -e "$HOME/work/done.$ORDER" ||
		fail "not done inside: order $ORDER"$'\n'"$(pending)"
	SAID=$(<"$HOME/work/said.$ORDER")
}

do_inside() {
	tell_inside "$1"
	await_inside
}

end_shell() {
	tell_inside 'exit 0'
	wait_run
}

session_rule() { # session_rule TEXT: the id of the session's rule with these words
	"$SRT_TOP" rules --json --name t | jq -r --arg text "$1" \
		'select((.id | type) == "string" and (.rule | contains($text))) | .id' | head -n 1
}

kept_rule() {
	"$SRT_TOP" rules --json --name t | jq -r --arg text "$1" \
		'select((.id | type) == "number" and (.rule | contains($text))) | .id' | head -n 1
}

remove_rule() { # remove_rule TEXT
	local id

	id=$(session_rule "$1")
	[ -n "$id" ] || id=$(kept_rule "$1")
	[ -n "$id" ] || fail "no such rule: $1"$'\n'"$("$SRT_TOP" rules)"
	must "$SRT_TOP" rules rm "$id"
}

cannot_read_again() { # an open is refused, and asked about anew
	tell_inside "cat $1"
	answer read "$1" deny --for once
	await_inside
	has_not "$SAID" "$2" "read after the rule was removed"
}

a_hidden_file() {
	echo token >"$HOME/.npmrc"
	start_shell
	tell_inside 'exec 5<~/.npmrc; cat <&5; exec 6<~/.npmrc'
	answer read "$HOME/.npmrc" allow --for session
	await_inside
	is "$SAID" token "read while it was allowed"
	remove_rule "$HOME/.npmrc"
	cannot_read_again "$HOME/.npmrc" token
	# What is open stays open: that is said, and it is so.
	do_inside 'cat <&6'
	is "$SAID" token "read through what was open before"
	end_shell
	must_be_denied read "$HOME/.npmrc"
}

a_file_below_a_hidden_directory() {
	mkdir -p "$HOME/.ssh/deep"
	echo first >"$HOME/.ssh/deep/id_one"
	start_shell
	tell_inside 'cat ~/.ssh/deep/id_one'
	answer read "$HOME/.ssh/deep/id_one" allow --scope exact --for session
	await_inside
	is "$SAID" first "read while it was allowed"
	remove_rule id_one
	cannot_read_again "$HOME/.ssh/deep/id_one" first
	# Nothing of the place is left to be seen.
	tell_inside 'ls -A ~/.ssh'
	answer read "$HOME/.ssh" deny --for once
	await_inside
	is "$SAID" "" "the hidden directory afterwards"
	# And back again.
	tell_inside 'cat ~/.ssh/deep/id_one'
	answer read "$HOME/.ssh/deep/id_one" allow --scope exact --for session
	await_inside
	end_shell
}

a_hidden_directory() {
	mkdir "$HOME/.ssh"
	echo first >"$HOME/.ssh/id_one"
	start_shell
	tell_inside 'cat ~/.ssh/id_one'
	answer read "$HOME/.ssh/id_one" allow --scope dir --for session
	await_inside
	is "$SAID" first "read while it was allowed"
	remove_rule "$HOME/.ssh"
	cannot_read_again "$HOME/.ssh/id_one" first
	end_shell
}

# A rule that is kept, and removed by the database's number, while the sandbox runs.
a_deny_from_the_start() {
	mkdir -p "$HOME/open/closed/open" "$HOME/work"
	echo secret | tee "$HOME/open/file" "$HOME/open/closed/file" >"$HOME/work/kept"
	echo shown | tee "$HOME/open/other" >"$HOME/open/closed/open/file"
	must "$SRT_TOP" rules add --name t deny read "$HOME/open/file"
	must "$SRT_TOP" rules add --name t deny read "$HOME/open/closed"
	must "$SRT_TOP" rules add --name t allow read "$HOME/open/closed/open"
	must "$SRT_TOP" rules add --name t allow write "$HOME/work"
	must "$SRT_TOP" rules add --name t deny write "$HOME/work/kept"
	run -m enforce -- sh -c 'cat ~/open/file ~/open/closed/file ~/open/other ~/open/closed/open/file
		echo lost >~/work/kept; echo new >~/work/new'
	is "$(<out)" $'shown\nshown' "what could be read"
	is "$(<"$HOME/work/kept")" secret "the file that may not be changed"
	is "$(<"$HOME/work/new")" new "the one beside it"
	must_be_denied read "$HOME/open/file" '.why == "a rule of yours"'
	must_be_denied read "$HOME/open/closed/file" '.why == "a rule of yours"'
	must_be_denied write "$HOME/work/kept" '.why == "a rule of yours"'
	# What is said last about the very same counts.
	must "$SRT_TOP" rules add --name t allow read "$HOME/open/file"
	run -m enforce -- cat "$HOME/open/file"
	is "$(<out)" secret "what was allowed again"
}

# It holds from the next start; until then that is said, and nothing else is taken for hidden.
a_deny_while_it_runs() {
	mkdir "$HOME/open" "$HOME/.ssh"
	echo open >"$HOME/open/file"
	echo plain >"$HOME/plain"
	echo first >"$HOME/.ssh/id_one"
	start_shell
	# Those that are there at the start hold from then on.
	do_inside true
	must "$SRT_TOP" rules add --name t deny read "$HOME/open"
	must "$SRT_TOP" rules add --name t deny read "$HOME/nothing"
	must "$SRT_TOP" rules add --name t deny write "$HOME/work"
	wait_for is_event read "$HOME/open" allow '.why | contains("from the next start")' ||
		fail "not said: $(events)"
	wait_for is_event write "$HOME/work" allow '.why | contains("from the next start")' ||
		fail "not said of writing: $(events)"
	# Mounts change: what is planned for the next start is not taken for what is.
	tell_inside 'cat ~/.ssh/id_one'
	answer read "$HOME/.ssh/id_one" allow --scope exact --for session
	await_inside
	is "$SAID" first "what was granted"
	do_inside 'cat ~/open/file ~/plain; ls ~/open; echo x >~/work/new; cat /etc/hostname >/dev/null'
	is "$SAID" $'open\nplain\nfile' "what is open"
	is "$(events --denied)" "" denials
	is "$(events | jq -r 'select(.verdict == "allow" and (.why | contains("next start"))) | "\(.kind) \(.object) \(.count)"' |
		sed "s|$HOME/||" | sort)" $'read open 1\nwrite work 1' "said once each"
	end_shell
	run -s settings.json -m enforce -- cat "$HOME/open/file"
	must_be_denied read "$HOME/open/file" '.why == "a rule of yours"'
}

a_rule_that_is_kept() {
	echo token >"$HOME/.npmrc"
	start_shell
	tell_inside 'cat ~/.npmrc'
	answer read "$HOME/.npmrc" allow --for always
	await_inside
	is "$SAID" token "read while it was allowed"
	remove_rule "$HOME/.npmrc"
	tell_inside 'while cat ~/.npmrc; do :; done 2>/dev/null; echo end'
	answer read "$HOME/.npmrc" deny
	await_inside
	is "${SAID##*$'\n'}" end "the last of it"
	end_shell
}

a_later_deny() {
	echo token >"$HOME/.npmrc"
	start_shell
	tell_inside 'cat ~/.npmrc'
	answer read "$HOME/.npmrc" allow --for session
	await_inside
	is "$SAID" token "read while it was allowed"
	must "$SRT_TOP" rules add --name t deny read "$HOME/.npmrc"
	do_inside 'while cat ~/.npmrc; do :; done 2>/dev/null; echo end'
	is "${SAID##*$'\n'}" end "the last of it"
	is "$(pending)" "" "questions about what a rule denies"
	end_shell
}

writing_to_a_file() {
	echo before >"$HOME/file"
	start_shell
	tell_inside 'echo one >>~/file; cat ~/file'
	answer write "$HOME/file" allow --scope exact --for session
	await_inside
	is "$SAID" $'before\none' "written while it was allowed"
	remove_rule "$HOME/file"
	tell_inside 'echo two >>~/file; cat ~/file'
	answer write "$HOME/file" deny
	await_inside
	has "$SAID" one "reading goes on"
	is "$(<"$HOME/file")" $'before\none' "the file on the host"
	end_shell
}

# What is hidden or protected in the directory stays so for a process that stands in it.
writing_below_a_directory_with_secrets() {
	mkdir -p "$HOME/project/.git/hooks"
	: >"$HOME/project/.git/HEAD"
	echo secret >"$HOME/project/.env"
	DENY_READ="~/project/.env" start_shell
	tell_inside 'echo one >~/project/new; cd ~/project; echo two >second'
	answer write "$HOME/project/new" allow --scope dir --for session
	await_inside
	is "$(<"$HOME/project/new")" one "written while it was allowed"
	is "$(<"$HOME/project/second")" two "written by its relative name"
	remove_rule "$HOME/project"
	tell_inside 'echo three >~/project/third'
	answer write "$HOME/project/third" deny --for once
	await_inside
	[ ! -e "$HOME/project/third" ] || fail "written after the rule was removed"
	tell_inside 'echo four >fourth; cat .env; cat second; echo x >.git/hooks/pre-commit'
	answer write "$HOME/project/fourth" deny --for once
	answer write "$HOME/project/.git/hooks/pre-commit" deny --for once
	await_inside
	has_not "$SAID" secret "read bare from inside the directory"
	has "$SAID" two "the directory is there still"
	[ ! -e "$HOME/project/fourth" ] || fail "written by who stands in the directory"
	[ ! -e "$HOME/project/.git/hooks/pre-commit" ] || fail "a hook was written"
	# Allowed again, it works again.
	tell_inside 'cd ~/project; echo five >~/project/fifth'
	answer write "$HOME/project/fifth" allow --scope dir --for session
	await_inside
	is "$(<"$HOME/project/fifth")" five "written when it was allowed again"
	do_inside 'cat ~/project/.env'
	has_not "$SAID" secret "hidden in the second grant too"
	end_shell
}

with_a_writer() {
	mkdir "$HOME/project"
	DENY_READ="~/project/.env" start_shell
	echo secret >"$HOME/project/.env"
	tell_inside 'exec 7>~/project/log; echo one >&7'
	answer write "$HOME/project/log" allow --scope dir --for session
	await_inside
	remove_rule "$HOME/project"
	tell_inside 'echo two >~/project/other; echo three >&7'
	answer write "$HOME/project/other" deny
	await_inside
	[ ! -e "$HOME/project/other" ] || fail "written after the rule was removed"
	is "$(<"$HOME/project/log")" $'one\nthree' "the file that was open"
	end_shell
}

# Two rules allow it: without one of them it is allowed still.
another_rule_keeps_it() {
	mkdir "$HOME/.ssh"
	echo first >"$HOME/.ssh/id_one"
	start_shell
	tell_inside 'cat ~/.ssh/id_one'
	answer read "$HOME/.ssh/id_one" allow --scope exact --for session
	await_inside
	tell_inside 'ls ~/.ssh'
	answer read "$HOME/.ssh" allow --for session
	await_inside
	remove_rule "read $HOME/.ssh ("
	# The directory is hidden again, and the file alone is there.
	do_inside 'cat ~/.ssh/id_one'
	is "$SAID" first "the file that another rule allows"
	remove_rule id_one
	cannot_read_again "$HOME/.ssh/id_one" first
	end_shell
}

a_grant_within_a_grant() {
	mkdir "$HOME/.ssh"
	echo first >"$HOME/.ssh/config"
	start_shell
	tell_inside 'ls ~/.ssh'
	answer read "$HOME/.ssh" allow --for session
	await_inside
	tell_inside 'echo second >>~/.ssh/config'
	answer write "$HOME/.ssh/config" allow --scope exact --for session
	await_inside
	remove_rule "read $HOME/.ssh"
	# Writing this file is allowed still.
	do_inside 'echo third >>~/.ssh/config'
	is "$(<"$HOME/.ssh/config")" $'first\nsecond\nthird' "the file on the host"
	end_shell
}

wrong_words() {
	local id

	start_shell
	do_inside true
	must_not "$SRT_TOP" rules rm no:1 2>one
	must_not "$SRT_TOP" rules rm 4711-01234567:1 2>two
	id=$("$SRT_TOP" sessions --json | jq -r 'select(.live) | .id')
	must_not "$SRT_TOP" rules rm "$id:1" 2>three
	has "$(<three)" "no such rule" "what is said"
	must test -s one
	must test -s two
	end_shell
}

# --- while things move ---

a_directory_held_before() {
	mkdir "$HOME/.ssh"
	echo first >"$HOME/.ssh/id_one"
	start_shell
	# It stands on the mask; a grant does not reach it there, and says so by asking no more.
	do_inside 'cd ~/.ssh'
	tell_inside 'cat ~/.ssh/id_one'
	answer read "$HOME/.ssh/id_one" allow --scope dir --for session
	await_inside
	is "$SAID" first "read by its whole name"
	do_inside 'cd ~/.ssh && cat id_one'
	is "$SAID" first "read from the directory, entered again"
	end_shell
}

a_file_that_vanishes() {
	echo token >"$HOME/.npmrc"
	start_shell
	tell_inside 'cat ~/.npmrc; echo end'
	wait_for is_asked read "$HOME/.npmrc" || fail "never asked"
	rm "$HOME/.npmrc"
	# The object that was pinned is granted or refused; either way the call comes to its end.
	"$SRT_TOP" answer "$(question_id read "$HOME/.npmrc")" allow --for session >said 2>&1 ||
		must "$SRT_TOP" answer "$(question_id read "$HOME/.npmrc")" deny
	await_inside
	has "$SAID" end "the program goes on"
	end_shell
}

an_editor_that_replaces_its_file() {
	local id

	echo before >"$HOME/file"
	start_shell
	tell_inside 'echo one >>~/file'
	answer write "$HOME/file" allow --scope exact --for session
	await_inside
	# What is mounted cannot be renamed over: the directory is what has to be allowed.
	tell_inside 'echo after >~/file.new && mv -f ~/file.new ~/file'
	answer write "$HOME/file.new" allow --scope dir --for session
	await_inside
	is "$(<"$HOME/file")" after "the file on the host"$'\n'"$SAID"
	end_shell
}

a_file_and_its_directory_are_allowed() {
	mkdir "$HOME/dir"
	echo before >"$HOME/dir/file"
	settings "" ""
	must "$SRT_TOP" rules add --name t allow write "$HOME/dir/file"
	must "$SRT_TOP" rules add --name t allow write "$HOME/dir"
	must "$SRT_TOP" run -n t -s settings.json -m enforce -- sh -c \
		'echo after >~/dir/file.new && mv -f ~/dir/file.new ~/dir/file && mv ~/dir/file ~/dir/moved' >out 2>&1
	is "$(<"$HOME/dir/moved")" after "the file on the host"
	is "$("$SRT_TOP" events --json --name t --denied)" "" denials
}

swapped_all_the_time() {
	mkdir "$HOME/.ssh"
	echo secret >"$HOME/.ssh/id_one"
	start_shell
	mkdir "$HOME/work/dir"
	echo harmless >"$HOME/work/dir/file"
	SWAP=$BUILD/tests/integration/helpers/swap_paths
	# It swaps a directory of its own for a link to the hidden one, and reads and writes through it.
	tell_inside "$SWAP ~/work/dir ~/.ssh id_one ~/work/stop"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		answer read "$HOME/.ssh/id_one" deny --for once
	done
	: >"$HOME/work/stop"
	wait_for swap_ended || fail "the program that swaps did not end"
	await_inside
	has_not "$SAID" secret "what it got to see"
	has "$SAID" "swapped" "what it did"
	is "$(<"$HOME/.ssh/id_one")" secret "the hidden file"
	end_shell
}

swap_ended() {
	local id

	id=$(question_id read "$HOME/.ssh/id_one")
	[ -z "$id" ] || "$SRT_TOP" answer "$id" deny --for always >/dev/null 2>&1
	[ -e "$HOME/work/done.$ORDER" ]
}

# Allowed is what was shown: the object, not what the name leads to by the time of the answer.
granted_while_swapped() {
	mkdir "$HOME/.ssh" "$HOME/place"
	echo secret >"$HOME/.ssh/id_one"
	echo before >"$HOME/place/id_one"
	start_shell
	tell_inside "echo x >>~/place/id_one"
	wait_for is_asked write "$HOME/place/id_one" || fail "never asked"
	# Somebody outside swaps it while it is asked about, again and again.
	"$BUILD/tests/integration/helpers/swap_paths" "$HOME/place" "$HOME/.ssh" - "$HOME/stop" >swaps &
	"$SRT_TOP" answer "$(question_id write "$HOME/place/id_one")" allow --scope exact >said 2>&1 ||
		must "$SRT_TOP" answer "$(question_id write "$HOME/place/id_one")" deny
	await_inside
	: >"$HOME/stop"
	wait $!
	is "$(<"$HOME/.ssh/id_one")" secret "the hidden file"
	end_shell
}

test_case "a deny of what is open holds from the next start, and says so" a_deny_while_it_runs
test_case "a file can be replaced where a rule allows it and another one its directory" \
	a_file_and_its_directory_are_allowed
test_case "removing a session's rule hides the file again; what is open stays open" a_hidden_file
test_case "the same for one file of a hidden directory, and nothing of its place is left" \
	a_file_below_a_hidden_directory
test_case "the same for a hidden directory" a_hidden_directory
test_case "a kept deny holds where all else is open" a_deny_from_the_start
test_case "a kept rule that is removed is taken from running sandboxes" a_rule_that_is_kept
test_case "a later deny takes back what was allowed" a_later_deny
test_case "writing to a file ends with its rule, reading goes on" writing_to_a_file
test_case "writing below a directory ends; its secrets stay hidden to who stands in it" \
	writing_below_a_directory_with_secrets
test_case "writing ends for others while one still writes" with_a_writer
test_case "what a second rule allows stays allowed" another_rule_keeps_it
test_case "a grant within one that is taken back holds on" a_grant_within_a_grant
test_case "rules rm of what is not there says so" wrong_words
test_case "a directory that was entered before is entered again" a_directory_held_before
test_case "a file that vanishes while it is asked about holds nothing up" a_file_that_vanishes
test_case "an editor that replaces its file is asked about the directory, and works" \
	an_editor_that_replaces_its_file
test_case "a program that swaps its paths all the time sees nothing" swapped_all_the_time
test_case "what is granted is what was shown, though its path is swapped" granted_while_swapped
test_end
