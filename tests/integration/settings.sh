#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The rules of a settings file hold, each refusal is in the history, and the neighbour still works.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

a_denied_file_is_not_read() {
	echo secret >"$HOME/secret"
	echo open >"$HOME/open"
	settings "" "" "~/secret"
	run -s settings.json -m ask -- sh -c 'cat ~/secret; cat ~/open'
	is "$(<out)" open "output"
	must_be_denied read "$HOME/secret" '.rule != null and (.rule | test("secret")) and .pid > 0
		and (.exe | endswith("/cat")) and (.errno | test("^E"))'
	must_not_be_denied "$HOME/open"
	is "$(pending)" "" "questions: an explicit deny is never asked about"
}

a_denied_directory_is_not_read() {
	mkdir -p "$HOME/vault/deep"
	echo secret >"$HOME/vault/deep/key"
	echo open >"$HOME/open"
	settings "" "" "~/vault"
	run -s settings.json -m enforce -- "$PROBE" read "$HOME/vault/deep/key" , list "$HOME/vault" , \
		read "$HOME/open"
	grep -q "read $HOME/vault/deep/key: E" out || fail "read: $(<out)"
	has_not "$(<out)" "entry deep" "the list of the directory"
	probe_says read "$HOME/open" ok
	must_be_denied read "$HOME/vault/deep/key" '.rule | test("vault")'
	must_not_be_denied "$HOME/open"
}

every_spelling_of_a_denied_path_is_denied() {
	mkdir "$HOME/vault"
	echo secret >"$HOME/vault/key"
	ln -s vault "$HOME/link"
	settings "" "" "~/vault"
	run -s settings.json -m enforce -- sh -c 'cd ~; cat link/key; cat ./vault/../vault/key;
		cat /proc/self/root"$HOME"/vault/key; cd vault && cat key; echo end'
	has_not "$(<out)" secret "output"
	has "$(<out)" end "output"
}

a_carve_out_is_read() {
	mkdir -p "$HOME/vault/public"
	echo secret >"$HOME/vault/key"
	echo shown >"$HOME/vault/public/readme"
	settings "" "" "~/vault" "~/vault/public"
	run -s settings.json -m enforce -- sh -c 'cat ~/vault/public/readme; cat ~/vault/key; cat ~/vault/public/readme'
	is "$(<out)" $'shown\nshown' "output"
	must_be_denied read "$HOME/vault/key"
	must_not_be_denied "$HOME/vault/public/readme"
}

writes_go_where_they_are_allowed() {
	mkdir "$HOME/work" "$HOME/other"
	settings "~/work"
	run -s settings.json -m enforce -- "$PROBE" create "$HOME/work/new" , mkdir "$HOME/work/dir" , \
		create "$HOME/other/new"
	probe_says create "$HOME/work/new" ok
	probe_says mkdir "$HOME/work/dir" ok
	probe_says create "$HOME/other/new" EROFS
	must test -s "$HOME/work/new"
	must test -d "$HOME/work/dir"
	must_not test -e "$HOME/other/new"
	must_be_denied write "$HOME/other/new" '.errno == "EROFS"'
	must_not_be_denied "$HOME/work/new"
}

a_denied_write_within_an_allowed_place() {
	mkdir "$HOME/work"
	echo before >"$HOME/work/fixed"
	settings "~/work" "~/work/fixed"
	run -s settings.json -m ask -- "$PROBE" append "$HOME/work/fixed" , rename "$HOME/work/fixed" \
		"$HOME/work/moved" , unlink "$HOME/work/fixed" , create "$HOME/work/free"
	probe_says append "$HOME/work/fixed" EROFS
	must_not grep -q "rename $HOME/work/fixed: ok" out
	must_not grep -q "unlink $HOME/work/fixed: ok" out
	probe_says create "$HOME/work/free" ok
	is "$(<"$HOME/work/fixed")" before "the file on the host"
	must_be_denied write "$HOME/work/fixed" '.rule | test("fixed")'
	must_not_be_denied "$HOME/work/free"
	is "$(pending)" "" "questions: an explicit deny is never asked about"
}

the_settings_file_is_never_writable() {
	mkdir "$HOME/work"
	cd "$HOME/work" || exit 1
	settings "~/work"
	cp settings.json before
	run -s settings.json -m enforce -- sh -c 'echo "{}" >settings.json; mv -f settings.json gone; rm -f settings.json; echo x >neighbour'
	must cmp settings.json before
	must test -s neighbour
}

settings_come_through_a_pipe() {
	echo secret >"$HOME/secret"
	echo token >"$HOME/.npmrc"
	settings "" "" "~/secret"
	run -s <(cat settings.json) -m enforce -- "$PROBE" read "$HOME/secret" , read "$HOME/.npmrc"
	must_be_denied read "$HOME/secret"
	# They were given, so they alone say what is secret.
	probe_says read "$HOME/.npmrc" ok
	run -s <(:) -m enforce -- touch ran
	is "$STATUS,$(ls -d ran 2>&1)" "125,ls: cannot access 'ran': No such file or directory" "with nothing in it"
}

the_default_settings_file_is_found() {
	echo secret >"$HOME/secret"
	settings "" "" "~/secret"
	cp settings.json "$HOME/.srt-settings.json"
	run -m enforce -- cat "$HOME/secret"
	is "$(<out)" "" "output"
	must_be_denied read "$HOME/secret"
}

without_rules_reads_are_open_and_writes_closed() {
	echo open >"$HOME/open"
	echo token >"$HOME/.npmrc"
	run -m enforce -- "$PROBE" read "$HOME/open" , create "$HOME/new" , read "$HOME/.npmrc"
	probe_says read "$HOME/open" ok
	probe_says create "$HOME/new" EROFS
	must_not grep -q "read $HOME/.npmrc: ok" out
	must_be_denied write "$HOME/new"
	must_be_denied read "$HOME/.npmrc"
	must_not_be_denied "$HOME/open"
}

kernel_settings_are_read_only() {
	local some=/sys/kernel/mm/transparent_hugepage/enabled

	# Opened only, never written: should it open, the host's own setting is behind it.
	run -m enforce -- "$PROBE" writable /proc/sys/kernel/core_pattern , writable /proc/sys/vm/swappiness , \
		writable "$some" , read /proc/sys/kernel/core_pattern
	must_not grep 'writable .*: ok' out
	probe_says read /proc/sys/kernel/core_pattern ok
}

temporary_files_can_be_made() {
	run -m enforce -- sh -c 'f=$(mktemp) && echo made >"$f" && cat "$f"'
	is "$(<out)" made "output"
	is "$(find "$HOME" -mindepth 1 -maxdepth 1 ! -name .local)" "" "what is new in the home directory"
}

test_case "denyRead of a file hides it and says so" a_denied_file_is_not_read
test_case "denyRead of a directory hides all below it and says so" a_denied_directory_is_not_read
test_case "links and detours do not reach what is denied" every_spelling_of_a_denied_path_is_denied
test_case "allowRead opens a part of what is denied" a_carve_out_is_read
test_case "allowWrite opens one place and no other" writes_go_where_they_are_allowed
test_case "denyWrite closes a file in an allowed place" a_denied_write_within_an_allowed_place
test_case "the settings file in force cannot be changed" the_settings_file_is_never_writable
test_case "settings can come through a pipe" settings_come_through_a_pipe
test_case "~/.srt-settings.json is used where it is" the_default_settings_file_is_found
test_case "without a settings file: secrets and writes refused, reads open" \
	without_rules_reads_are_open_and_writes_closed
test_case "settings of the kernel are read-only" kernel_settings_are_read_only
test_case "temporary files can be made, and leave nothing in the home directory" \
	temporary_files_can_be_made
test_end
