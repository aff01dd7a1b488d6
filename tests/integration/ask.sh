#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A refused call is held, asked about and answered: by scripts, with --hold.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

allow_makes_the_very_read_succeed() {
	echo token >"$HOME/.npmrc"
	echo other >"$HOME/.netrc"
	run_bg -m ask --hold 20 -- cat "$HOME/.npmrc"
	answer read "$HOME/.npmrc" allow
	wait_run
	is "$STATUS" 0 "exit status"
	is "$(<out)" token "output of one single cat"
	is "$(<err)" "" "standard error"
	must_not_be_denied "$HOME/.npmrc"
	# The neighbour is as hidden as before.
	run -m enforce -- cat "$HOME/.netrc"
	is "$(<out)" "" "output about the neighbour"
}

one_file_below_a_hidden_directory() {
	mkdir "$HOME/.ssh"
	echo first >"$HOME/.ssh/id_one"
	echo second >"$HOME/.ssh/id_two"
	run_bg -m ask --hold 20 -- sh -c 'cat ~/.ssh/id_one; ls ~/.ssh; cat ~/.ssh/id_two'
	answer read "$HOME/.ssh/id_one" allow --scope exact --for session
	answer read "$HOME/.ssh" deny --for once
	answer read "$HOME/.ssh/id_two" deny
	wait_run
	has "$(<out)" first "output"
	has_not "$(<out)" second "output"
	must_be_denied read "$HOME/.ssh/id_two"
}

a_directory_at_once() {
	mkdir "$HOME/.ssh"
	echo first >"$HOME/.ssh/id_one"
	echo second >"$HOME/.ssh/id_two"
	run_bg -m ask --hold 20 -- sh -c 'cat ~/.ssh/id_one; cat ~/.ssh/id_two'
	answer read "$HOME/.ssh/id_one" allow --scope dir --for session
	wait_run
	is "$(<out)" $'first\nsecond' "output"
}

once_is_for_that_open_alone() {
	echo token >"$HOME/.npmrc"
	run_bg -m ask --hold 20 -- sh -c 'cat ~/.npmrc; cat ~/.npmrc'
	answer read "$HOME/.npmrc" allow --for once
	answer read "$HOME/.npmrc" deny
	wait_run
	is "$(<out)" token "output of the first cat alone"
	must_be_denied read "$HOME/.npmrc"
}

once_is_not_for_directories() {
	mkdir "$HOME/.ssh"
	echo first >"$HOME/.ssh/id_one"
	run_bg -m ask --hold 20 -- ls "$HOME/.ssh"
	# Through a directory's descriptor a program could walk past every mask.
	must_not "$SRT_TOP" answer "$(wait_question read "$HOME/.ssh")" allow --for once
	answer read "$HOME/.ssh" deny
	wait_run
	has_not "$(<out)" id_one "output"
}

a_wide_rule_lifts_no_mask() {
	mkdir -p "$HOME/.ssh"
	echo first >"$HOME/.ssh/id_one"
	echo token >"$HOME/.npmrc"
	run_bg -m ask --hold 20 -- sh -c 'echo x >~/new; cat ~/.ssh/id_one; cat ~/.npmrc; echo y >~/.ssh/id_two'
	answer write "$HOME/new" allow --scope dir
	answer read "$HOME/.ssh/id_one" deny
	answer read "$HOME/.npmrc" deny
	answer write "$HOME/.ssh/id_two" deny
	wait_run
	has_not "$(<out)" first "output"
	has_not "$(<out)" token "output"
	is "$(<"$HOME/new")" x "the file that was allowed"
	[ ! -e "$HOME/.ssh/id_two" ] || fail "written below a mask"
}

a_rule_for_a_directory_is_not_for_the_one_above() {
	mkdir "$HOME/project"
	# Removing the directory itself would need the one above it, which nobody allowed.
	run_bg -m ask --hold 20 -- sh -c 'echo x >~/project/new; rm ~/project/new; rmdir ~/project
		mv ~/project ~/moved; echo y >~/escaped'
	answer write "$HOME/project/new" allow --scope dir
	answer write "$HOME/escaped" deny
	wait_run
	[ -d "$HOME/project" ] || fail "the directory itself was removed"
	[ ! -e "$HOME/moved" ] || fail "the directory was moved"
	[ ! -e "$HOME/escaped" ] || fail "written above the directory that was allowed"
	must_be_denied write "$HOME/escaped"
}

names_here() {
	find . -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' '
}

a_granted_directory_leaves_no_ghosts() {
	mkdir work
	cd work || exit 1
	run_bg -m ask --hold 20 -- sh -c 'echo x >new; echo y >.bashrc; mkdir .vscode'
	answer write "$PWD/new" allow --scope dir
	wait_run
	# What runs on the host later was protected, by names that are gone again.
	is "$(names_here)" "err new out " "the directory afterwards"
}

the_working_directory_itself() { # GRANTED
	mkdir -p work/.git/hooks
	touch work/.git/HEAD
	cd work || exit 1
	# The second call stands in the same directory, and is not asked about any more.
	run_bg -m ask --hold 20 -- sh -c "echo x >$1; echo y >second; mkdir sub; echo z >sub/third
		mv .git moved; echo bad >.git/hooks/pre-commit"
	answer write "$(realpath -m "$1")" allow --scope dir
	wait_run
	is "$(<"$1")" x "the file that was asked about"
	is "$(<second)" y "a file by its relative name"
	is "$(<sub/third)" z "a file further below"
	[ ! -e moved ] || fail "a protected directory was moved away"
	[ ! -e .git/hooks/pre-commit ] || fail "a hook was written"
	is "$(names_here)" ".git err $2" "the directory afterwards"
}

allow_makes_the_very_write_succeed() {
	echo before >"$HOME/file"
	echo before >"$HOME/other"
	run_bg -m ask --hold 20 -- "$PROBE" append "$HOME/file"
	answer write "$HOME/file" allow
	wait_run
	probe_says append "$HOME/file" ok
	is "$(<"$HOME/file")" $'before\nx' "the file on the host"
	is "$(<"$HOME/other")" before "the neighbour"
	must_not_be_denied "$HOME/file"
}

a_new_file_in_a_directory() {
	mkdir "$HOME/notes"
	run_bg -m ask --hold 20 -- "$PROBE" create "$HOME/notes/new" , mkdir "$HOME/notes/dir" , \
		rename "$HOME/notes/new" "$HOME/notes/moved"
	answer write "$HOME/notes/new" allow --scope dir --for session
	wait_run
	probe_says create "$HOME/notes/new" ok
	probe_says mkdir "$HOME/notes/dir" ok
	probe_says rename "$HOME/notes/new" ok
	must test -s "$HOME/notes/moved"
	must test -d "$HOME/notes/dir"
}

a_new_directory_alone() { # RULES
	# The mode is the program's own, and the call that made it succeeds, once.
	run_bg -m ask --hold 20 -- sh -c 'umask 027; mkdir ~/cache && echo made; mkdir ~/cache || echo again
		echo x >~/cache/file; mkdir -p ~/cache/sub/sub; echo y >~/beside'
	answer write "$HOME/cache" allow --for "$1"
	answer write "$HOME/beside" deny
	wait_run
	is "$(<out)" $'made\nagain' "output"
	is "$(stat -c %a "$HOME/cache")" 750 "the new directory's mode"
	is "$(<"$HOME/cache/file")" x "a file in it"
	must test -d "$HOME/cache/sub/sub"
	[ ! -e "$HOME/beside" ] || fail "written beside the directory that was allowed"
}

a_kept_rule_makes_it_again() {
	a_new_directory_alone always
	rm -r "$HOME/cache"
	has "$("$SRT_TOP" rules)" "allow write $HOME/cache (dir), always" "the rule"
	run_bg -m enforce -- sh -c 'mkdir ~/cache && echo x >~/cache/file; mkdir ~/beside'
	wait_run
	is "$(<"$HOME/cache/file")" x "a file in the directory that the rule is for"
	[ ! -e "$HOME/beside" ] || fail "a directory beside it was made"
}

a_new_file_alone() {
	run_bg -m ask --hold 20 -- sh -c 'umask 077; echo x >~/.toolrc && echo made; echo y >~/beside'
	answer write "$HOME/.toolrc" allow
	answer write "$HOME/beside" deny
	wait_run
	is "$(<out)" made "output"
	is "$(<"$HOME/.toolrc")" x "the new file"
	is "$(stat -c %a "$HOME/.toolrc")" 600 "its mode"
	[ ! -e "$HOME/beside" ] || fail "written beside the file that was allowed"
}

what_stands_in_its_place_is_not_taken() {
	echo host >"$HOME/other"
	run_bg -m ask --hold 20 -- sh -c 'mkdir ~/cache; echo x >~/cache/file; echo y >~/new; echo z >~/other'
	wait_question write "$HOME/cache" >id
	ln -s /etc "$HOME/cache"
	must_not "$SRT_TOP" answer "$(<id)" allow 2>why
	has "$(<why)" "not granted: making it" "what is said"
	must "$SRT_TOP" answer "$(<id)" deny
	[ ! -w /etc ] || answer write /etc/file deny
	wait_question write "$HOME/new" >id
	ln -s other "$HOME/new"
	must_not "$SRT_TOP" answer "$(<id)" allow 2>why
	must "$SRT_TOP" answer "$(<id)" deny
	answer write "$HOME/other" deny
	wait_run
	is "$(<"$HOME/other")" host "the file that a link led to"
}

deny_refuses() {
	echo token >"$HOME/.npmrc"
	run_bg -m ask --hold 20 -- sh -c 'cat ~/.npmrc; echo end'
	answer read "$HOME/.npmrc" deny
	wait_run
	is "$(<out)" end "output"
	must_be_denied read "$HOME/.npmrc"
	is "$(pending)" "" "questions left"
}

the_deadline_refuses_and_an_answer_counts_for_the_retry() {
	local id

	echo token >"$HOME/.npmrc"
	mkdir "$HOME/work"
	settings "~/work"
	run_bg -s settings.json -m ask --hold 1 -- sh -c \
		'cat ~/.npmrc; : >~/work/refused; while [ ! -e ~/work/go ]; do sleep 0.05; done; cat ~/.npmrc'
	id=$(wait_question read "$HOME/.npmrc") || exit 1
	wait_for test -e "$HOME/work/refused" || fail "still held after the deadline"
	is "$(<out)" "" "output so far"
	must_be_denied read "$HOME/.npmrc"
	is "$(question_id read "$HOME/.npmrc")" "$id" "the question stays"
	must "$SRT_TOP" answer "$id" allow --for session
	: >"$HOME/work/go"
	wait_run
	is "$(<out)" token "output after the answer"
	is "$STATUS" 0 "exit status"
}

without_an_audience_the_default_comes_at_once() {
	local began=$EPOCHSECONDS

	echo token >"$HOME/.npmrc"
	run -m ask -- sh -c 'cat ~/.npmrc; echo end'
	[ $((EPOCHSECONDS - began)) -lt 10 ] || fail "held although nobody could answer"
	is "$(<out)" end "output"
	must_be_denied read "$HOME/.npmrc"
}

always_holds_in_the_next_run() {
	echo token >"$HOME/.npmrc"
	echo other >"$HOME/.netrc"
	run_bg -m ask --hold 20 -- cat "$HOME/.npmrc"
	answer read "$HOME/.npmrc" allow --for always
	wait_run
	is "$(<out)" token "output of the first run"
	run -m enforce -- sh -c 'cat ~/.npmrc; cat ~/.netrc'
	is "$(<out)" token "output of the next run"
	has "$("$SRT_TOP" rules --json --name t)" "$HOME/.npmrc" "rules"
	# For this server alone.
	"$SRT_TOP" run -n other -m enforce -- cat "$HOME/.npmrc" >out2 2>err2
	is "$(<out2)" "" "output of another server"
}

session_does_not_hold_in_the_next_run() {
	echo token >"$HOME/.npmrc"
	run_bg -m ask --hold 20 -- sh -c 'cat ~/.npmrc; cat ~/.npmrc'
	answer read "$HOME/.npmrc" allow --for session
	wait_run
	is "$(<out)" $'token\ntoken' "output of the first run"
	run -m enforce -- cat "$HOME/.npmrc"
	is "$(<out)" "" "output of the next run"
}

deny_always_is_not_asked_again() {
	echo token >"$HOME/.npmrc"
	run_bg -m ask --hold 20 -- cat "$HOME/.npmrc"
	answer read "$HOME/.npmrc" deny --for always
	wait_run
	run_bg -m ask --hold 20 -- cat "$HOME/.npmrc"
	WAIT_SECONDS=10 wait_run
	is "$(<out)" "" "output"
	is "$(pending)" "" "questions"
}

two_callers_one_question() {
	echo token >"$HOME/.npmrc"
	# Not straight into the file: copy_file_range(2) of two at once may write over each other.
	run_bg -m ask --hold 20 -- sh -c 'cat ~/.npmrc | cat & cat ~/.npmrc | cat & wait'
	wait_for is_asked read "$HOME/.npmrc" || fail "never asked"
	is "$(pending | jq -s 'map(select(.object == env.HOME + "/.npmrc")) | length')" 1 "questions"
	answer read "$HOME/.npmrc" allow --for session
	wait_run
	is "$(<out)" $'token\ntoken' "output"
}

the_program_works_on_while_a_question_is_open() {
	echo token >"$HOME/.npmrc"
	mkdir "$HOME/work"
	settings "~/work"
	run_bg -s settings.json -m ask --hold 20 -- sh -c 'cat ~/.npmrc & echo here >~/work/free; wait'
	wait_for is_asked read "$HOME/.npmrc" || fail "never asked"
	wait_for test -s "$HOME/work/free" || fail "a neighbour waits too"
	answer read "$HOME/.npmrc" allow
	wait_run
	is "$(<out)" token "output"
}

what_a_question_says() {
	local question

	echo token >"$HOME/.npmrc"
	run_bg -m ask --hold 20 -- cat "$HOME/.npmrc"
	wait_for is_asked read "$HOME/.npmrc" || fail "never asked"
	question=$(pending)
	must jq -e '.v == 1 and .verdict == "ask" and .server == "t" and (.scopes | length) > 0
		and .deadline != null and .pid > 0 and (.exe | endswith("/cat"))' <<<"$question" >/dev/null
	answer read "$HOME/.npmrc" deny
	wait_run
}

wrong_answers() {
	local id file

	echo token >"$HOME/.npmrc"
	run_bg -m ask --hold 20 -- cat "$HOME/.npmrc"
	id=$(wait_question read "$HOME/.npmrc") || exit 1
	must_not "$SRT_TOP" answer no-such-id allow 2>one
	must_not "$SRT_TOP" answer "$id" perhaps 2>two
	must_not "$SRT_TOP" answer "$id" allow --scope domain 2>three
	must_not "$SRT_TOP" answer "$id" allow --for ever 2>four
	for file in one two three four; do
		must test -s "$file"
	done
	is "$(question_id read "$HOME/.npmrc")" "$id" "the question is still open"
	must "$SRT_TOP" answer "$id" allow
	wait_run
	is "$(<out)" token "output"
	must_not "$SRT_TOP" answer "$id" allow 2>five
}

a_swapped_link_gains_nothing() {
	# The link leads to a harmless file when asked, and elsewhere when answered.
	mkdir "$HOME/.ssh" "$HOME/work"
	echo secret >"$HOME/.ssh/id_one"
	echo token >"$HOME/.npmrc"
	ln -s ../.npmrc "$HOME/work/link"
	settings "~/work"
	run_bg -s settings.json -m ask --hold 20 -- sh -c 'cat ~/work/link; cat ~/.ssh/id_one'
	wait_for is_asked read "$HOME/.npmrc" || {
		pending
		fail "the question does not name the file that the link leads to"
	}
	ln -sfn ../.ssh/id_one "$HOME/work/link"
	answer read "$HOME/.npmrc" allow --for session
	answer read "$HOME/.ssh/id_one" deny
	wait_run
	has_not "$(<out)" secret "output"
}

# Its directory is hidden for another reason; the answer would lift that alone.
settings_hold_in_sensitive_places() {
	mkdir -p "$HOME/.ssh" "$HOME/.aws/private"
	echo one >"$HOME/.ssh/id"
	echo secret >"$HOME/.aws/private/x"
	ln -s ../.aws/private/x "$HOME/.ssh/link"
	settings "" "~/.ssh/id" "~/.aws/private"
	run_bg -s settings.json -m ask --hold 20 -- sh -c \
		'cat ~/.aws/private/x; cat ~/.ssh/link; echo new >~/.ssh/id; cat ~/.ssh/id'
	answer read "$HOME/.ssh/id" allow --scope exact --for session
	wait_run
	is "$(<out)" one output
	must_be_denied read "$HOME/.aws/private/x" '.rule == "denyRead ~/.aws/private" and .count == 2'
	must_be_denied write "$HOME/.ssh/id" '.rule == "denyWrite ~/.ssh/id"'
}

# Of the project, from wherever in it a server starts, and of what its command line says it may serve.
environment_files_of_projects() {
	mkdir -p "$HOME/src/app/web" "$HOME/other/api"
	echo whole >"$HOME/src/.env"
	echo part >"$HOME/src/app/web/.env.local"
	echo named >"$HOME/other/api/.env"
	echo unread >"$HOME/other/api/.env.local"
	echo open | tee "$HOME/src/app/web/.env.example" "$HOME/src/app/.envrc" >/dev/null
	cat >"$HOME/read_all" <<-'END'
		cat ~/src/.env ~/src/app/web/.env.local ~/other/api/.env ~/src/app/web/.env.example ~/src/app/.envrc
	END
	(
		cd "$HOME/src/app" || exit 1
		"$SRT_TOP" run -n t -m enforce -- sh "$HOME/read_all"
		"$SRT_TOP" run -n t -m enforce -- sh "$HOME/read_all" --root="$HOME/other"
	) >out 2>err
	is "$(<out)" $'named\nopen\nopen\nopen\nopen' output
	for path in src/.env src/app/web/.env.local other/api/.env; do
		must_be_denied read "$HOME/$path" ".rule == \"sensitive ~/$path\""
	done
	is "$("$SRT_TOP" export t --reads open | jq -c '[.filesystem.denyRead[] | select(contains(".env"))] | sort')" \
		'["~/other/api/.env","~/other/api/.env.local","~/src/.env","~/src/app/web/.env.local"]' "what is exported hides them, too"
	cd "$HOME/src/app" || exit 1
	run_bg -m ask --hold 20 -- cat web/.env.local
	wait_question read "$HOME/src/app/web/.env.local" >/dev/null
	has "$(pending)" "it may hold secrets" "why it is asked about"
	answer read "$HOME/src/app/web/.env.local" allow --scope exact --for session
	wait_run
	is "$(<out)" part "after it was allowed"
}

a_link_between_hidden_places() {
	mkdir -p "$HOME/.ssh" "$HOME/.aws"
	echo credentials >"$HOME/.aws/credentials"
	ln -s ../.aws/credentials "$HOME/.ssh/link"
	run_bg -m ask --hold 20 -- sh -c 'for i in 1 2 3; do cat ~/.ssh/link; done; cat ~/.aws/credentials'
	answer read "$HOME/.aws/credentials" allow --for session
	wait_run
	is "$(<out)" $'credentials\ncredentials\ncredentials\ncredentials' output
	is "$(event_rows read "$HOME/.aws/credentials" allow '.command_line | endswith("link")' | wc -l)" 1 "questions that were put"
}

a_linked_directory() {
	mkdir -p "$HOME/.ssh" "$HOME/open/private"
	echo secret >"$HOME/open/private/x"
	ln -s ../open "$HOME/.ssh/open"
	settings "" "" "~/open/private"
	run_bg -s settings.json -m ask --hold 20 -- sh -c 'true <~/.ssh/open; cat ~/.ssh/open/private/x; echo x >~/.ssh/open/new'
	wait_run
	is "$(<out)" "" output
	must_be_denied read "$HOME/open" '.why | contains("a link in a hidden place")'
	must_be_denied read "$HOME/open/private/x"
	must_be_denied write "$HOME/open/new" '.why | contains("a link in a hidden place")'
}

test_case "allow: the held read itself succeeds, and nothing else opens" allow_makes_the_very_read_succeed
test_case "one file of a hidden directory is allowed, its neighbour denied" \
	one_file_below_a_hidden_directory
test_case "a hidden directory is allowed at once" a_directory_at_once
test_case "a rule for a directory opens nothing above it" \
	a_rule_for_a_directory_is_not_for_the_one_above
test_case "the working directory is allowed, for relative names too" \
	the_working_directory_itself first "first out second sub "
test_case "so is it with the directory above it" \
	the_working_directory_itself ../above "out second sub "
test_case "once: that open succeeds, the next is asked about" once_is_for_that_open_alone
test_case "once: not for a directory" once_is_not_for_directories
test_case "a rule for a directory lifts no mask below it" a_wide_rule_lifts_no_mask
test_case "a directory that is allowed keeps its protected names, and no ghosts" \
	a_granted_directory_leaves_no_ghosts
test_case "allow: the held write itself succeeds, and nothing else opens" \
	allow_makes_the_very_write_succeed
test_case "a directory is allowed for a new file, and takes further ones" a_new_file_in_a_directory
test_case "deny: the held read is refused" deny_refuses
test_case "the deadline refuses; a later allow counts for the retry" \
	the_deadline_refuses_and_an_answer_counts_for_the_retry
test_case "where nobody can answer, nothing is held" without_an_audience_the_default_comes_at_once
test_case "always: holds in the next run, for this server" always_holds_in_the_next_run
test_case "session: ends with the run" session_does_not_hold_in_the_next_run
test_case "deny always: refused without asking again" deny_always_is_not_asked_again
test_case "two calls for one object make one question" two_callers_one_question
test_case "other threads work on while a call is held" the_program_works_on_while_a_question_is_open
test_case "a directory that a program makes is allowed alone" a_new_directory_alone session
test_case "a kept rule makes it again" a_kept_rule_makes_it_again
test_case "a file that a program makes is allowed alone" a_new_file_alone
test_case "what was put in its place is not taken for it" what_stands_in_its_place_is_not_taken
test_case "a question tells program, scopes and deadline" what_a_question_says
test_case "a wrong answer is refused and changes nothing" wrong_answers
test_case "environment files of projects are asked about" environment_files_of_projects
test_case "what the settings deny in a sensitive place is not asked about" settings_hold_in_sensitive_places
test_case "a link from one hidden place to another is asked about once" a_link_between_hidden_places
test_case "a directory that a link in a hidden place leads to is not asked about" a_linked_directory
test_case "a link swapped while asked about gains nothing" a_swapped_link_gains_nothing
test_end
