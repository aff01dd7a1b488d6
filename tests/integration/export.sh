#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From answers to a settings file with which the server works and nothing is refused.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

prepare() {
	mkdir -p "$HOME/.ssh" "$HOME/notes" "$HOME/docs"
	echo "Host sample" >"$HOME/.ssh/config"
	echo token >"$HOME/.npmrc"
	echo doc >"$HOME/docs/readme"
	start_origin
	export SAMPLE_URL=http://localhost:$PORT/page
}

drive() { # drive OUT NAME CALLS... -- ARGUMENTS OF RUN...
	local out=$1 name=$2 calls=()

	shift 2
	while [ "$1" != -- ]; do
		calls+=(-c "$1")
		shift
	done
	shift
	"$DEMO/client" "${calls[@]}" -- "$SRT_TOP" run -n "$name" "$@" -- "$DEMO/sample_server" >"$out" 2>"$out.err"
}

learn_by_answers() {
	drive first t read_notes save_note=hello fetch "read_notes=$HOME/docs/readme" "read_notes=$HOME/.npmrc" \
		-- -m ask --hold 30 &
	CLIENT=$!
	answer read "$HOME/.ssh/config" allow --for always
	answer write "$HOME/notes/today.txt" allow --scope dir --for always
	answer connect "localhost:$PORT" allow --for always
	answer read "$HOME/.npmrc" deny --for always
	wait_for gone "$CLIENT" || fail "the client did not end"
	has "$(<first)" "read_notes: ok: Host sample" "answers of the first run"
	has "$(<first)" "save_note=hello: ok" "answers of the first run"
	has "$(<first)" "fetch: ok: origin: GET /page" "answers of the first run"
	has "$(<first)" "read_notes=$HOME/.npmrc: error" "answers of the first run"
}

the_export_suffices() {
	prepare
	learn_by_answers
	must "$SRT_TOP" export t >exported.json 2>export.err
	cat exported.json
	must jq -e '.network.allowedDomains and .filesystem.allowWrite' exported.json >/dev/null
	must drive second exported read_notes save_note=again fetch "read_notes=$HOME/docs/readme" \
		-- -m enforce -s exported.json
	is "$("$SRT_TOP" events --json --name exported --denied)" "" "denials in the second run"
	is "$(<"$HOME/notes/today.txt")" $'hello\nagain' "the notes on the host"
}

the_export_opens_no_more_than_answered() {
	prepare
	mkdir "$HOME/.aws"
	echo other >"$HOME/.aws/credentials"
	echo key >"$HOME/.ssh/id_other"
	learn_by_answers
	must "$SRT_TOP" export t -o exported.json
	"$SRT_TOP" run -n closed -m enforce -s exported.json -- "$PROBE" read "$HOME/.npmrc" , \
		read "$HOME/.aws/credentials" , read "$HOME/.ssh/id_other" , create "$HOME/new" , \
		read "$HOME/.ssh/config" , create "$HOME/notes/other" >out 2>err
	must_not grep -q "read $HOME/.npmrc: ok" out
	must_not grep -q "read $HOME/.aws/credentials: ok" out
	must_not grep -q "read $HOME/.ssh/id_other: ok" out
	probe_says create "$HOME/new" EROFS
	probe_says read "$HOME/.ssh/config" ok
	probe_says create "$HOME/notes/other" ok
	has_not "$(<exported.json)" "*" "wildcards that nobody asked for"
}

a_file_is_written_whole_and_privately() {
	prepare
	learn_by_answers
	must "$SRT_TOP" export t -o exported.json >out
	is "$(<out)" "" "standard output with -o"
	"$SRT_TOP" export t >printed.json
	must cmp exported.json printed.json
	must "$SRT_TOP" check exported.json
	"$SRT_TOP" export t --explain >explained.json 2>explanation
	must cmp explained.json printed.json
	has "$(<explanation)" "localhost" "the explanation"
}

the_server_speaks_the_protocol_in_enforce_mode() {
	prepare
	drive out t -- -m enforce || fail "initialize and tools/list: $(<out.err)"
	drive out t read_notes save_note -- -m enforce
	is $? 1 "exit status of the client: the tools report errors"
	has "$(<out)" "read_notes: error" "answers"
	has "$(<out)" "save_note: error" "answers"
	must_be_denied read "$HOME/.ssh/config"
	must_be_denied write "$HOME/notes/today.txt"
}

# A program that lies in the home directory, found through a link, with files beside it.
install_at_home() {
	prepare
	mkdir -p "$HOME/.local/bin" "$HOME/tools/demo/bin" "$HOME/.config/demo" "$HOME/other"
	cp "$DEMO/sample_server" "$HOME/tools/demo/bin/server"
	ln -s ../../tools/demo/bin/server "$HOME/.local/bin/demo"
	echo mine >"$HOME/other/file"
	export PATH=$HOME/.local/bin:$PATH
}

only_what_was_needed_is_put_back_into_a_hidden_home() {
	install_at_home
	"$DEMO/client" -c "read_notes=$HOME/docs/readme" -- "$SRT_TOP" run -n t -- demo >first 2>first.err ||
		fail "$(<first.err)"
	must "$SRT_TOP" export t -o closed.json
	cat closed.json
	is "$(jq -c '[.filesystem.denyRead[] | select(startswith("~"))]' closed.json)" '["~"]' "what of home is hidden"
	is "$(jq -c .filesystem.allowRead closed.json)" '["~/.local/bin","~/docs/readme","~/tools/demo/bin"]' \
		"what is put back"
	"$DEMO/client" -c "read_notes=$HOME/docs/readme" -- "$SRT_TOP" run -n u -m enforce -s closed.json -- demo \
		>second 2>second.err || fail "$(<second.err)"
	is "$("$SRT_TOP" events --json --name u --denied)" "" "denials in the second run"
	"$SRT_TOP" run -n v -m enforce -s closed.json -- "$PROBE" read "$HOME/other/file" , \
		read "$HOME/docs/readme" , read "$HOME/.ssh/config" >out 2>err
	must_not grep -q "read $HOME/other/file: ok" out
	must_not grep -q "read $HOME/.ssh/config: ok" out
	probe_says read "$HOME/docs/readme" ok
	must "$SRT_TOP" export t --reads open >open.json
	is "$(jq -c .filesystem.allowRead open.json)" '[]' "what is put back with reads open"
	has_not "$(jq -c .filesystem.denyRead open.json)" '"~"' "what is hidden with reads open"
}

the_working_directory_stays() {
	install_at_home
	mkdir -p "$HOME/src/app"
	cd "$HOME/src/app" || fail "no directory"
	"$SRT_TOP" run -n t -- pwd >first || fail "the first run"
	must "$SRT_TOP" export t -o "$CASE/closed.json"
	is "$("$SRT_TOP" run -n u -m enforce -s "$CASE/closed.json" -- pwd)" "$HOME/src/app" "the working directory"
	is "$(jq -c .filesystem.allowRead "$CASE/closed.json")" '["~/src/app"]' "what is put back"
	must "$SRT_TOP" export t --relative -o "$CASE/relative.json"
	is "$(jq -c .filesystem.allowRead "$CASE/relative.json")" '["."]' "the same, relative"
	is "$("$SRT_TOP" run -n u -m enforce -s "$CASE/relative.json" -- pwd)" "$HOME/src/app" "the same, relative"
}

a_run_can_be_left_out() {
	prepare
	run -- "$PROBE" read "$HOME/docs/readme"
	SESSION=$("$SRT_TOP" sessions --json --name t | jq -r .id)
	run -- "$PROBE" read "$HOME/notes"
	must "$SRT_TOP" export t >both.json 2>/dev/null
	has "$(<both.json)" docs/readme "the export of both runs"
	must "$SRT_TOP" export t --without "$SESSION" >one.json 2>/dev/null
	has_not "$(<one.json)" docs/readme "the export without the first run"
	must_not "$SRT_TOP" export t --without "$SESSION,1-00000000" >none.json 2>err
	has "$(<err)" "1-00000000" "the message"
	is "$(<none.json)" "" "what is printed then"
}

a_file_that_is_there_is_not_overwritten() {
	prepare
	run -- "$PROBE" read "$HOME/docs/readme"
	printf '{"note": "by hand", "filesystem": {"allowWrite": ["~/z", "~/a"], "denyRead": ["~/docs"], "denyWrite": []},
		"network": {"allowedDomains": ["mine.example.org"], "deniedDomains": []}}\n' >by-hand.json
	cp by-hand.json file.json
	must_not "$SRT_TOP" export t -o file.json 2>err
	has "$(<err)" "add --merge to keep what is in it, or --replace" "the message"
	has "$(<err)" '+      "~"' "the difference"
	must cmp file.json by-hand.json
	must "$SRT_TOP" export t -o file.json --merge 2>err
	is "$(jq -c '[.note, .filesystem.allowWrite, .filesystem.denyRead[0], .filesystem.denyRead[-1],
			.network.allowedDomains]' file.json)" \
		'["by hand",["~/z","~/a"],"~/docs","~",["mine.example.org"]]' "the merged file"
	is "$(jq -c '.filesystem.allowRead // []' file.json)" '[]' "what is denied by hand"
	has "$(<err)" "the file denies ~/docs" "the note"
	must cmp file.json.bak by-hand.json
	stat -c %Y.%i file.json >before
	must "$SRT_TOP" export t -o file.json --merge 2>err
	is "$(stat -c %Y.%i file.json)" "$(<before)" "a file that is right already"
	must "$SRT_TOP" export t -o file.json --replace 2>err
	is "$(jq -c '[.note, .filesystem.allowRead]' file.json)" '[null,["~/docs/readme"]]' "the new file"
	echo nonsense >file.json
	must_not "$SRT_TOP" export t -o file.json --merge 2>err
	has "$(<err)" "cannot be merged with" "the message"
	is "$(<file.json)" nonsense "what is no settings file"
	must_not "$SRT_TOP" export t -o file.json --merge --replace 2>err
}

a_planted_link_is_not_followed() {
	prepare
	mkdir -p "$HOME/src/app" "$HOME/target"
	cd "$HOME/src/app" || fail "no directory"
	"$SRT_TOP" run -n t -- true || fail "the run"
	ln -s ../../target sub
	ln -s ../../target/file.json file.json
	must_not "$SRT_TOP" export t -o sub/new.json 2>"$CASE/err"
	has "$(<"$CASE/err")" "sub is a symbolic link" "the message"
	must_not "$SRT_TOP" export t -o file.json 2>"$CASE/err"
	has "$(<"$CASE/err")" "symbolic link" "the message"
	is "$(ls "$HOME/target")" "" "what the links lead to"
	# A link of the person's own, out of the sandbox's reach, is.
	ln -s target "$HOME/mine"
	must "$SRT_TOP" export t -o "$HOME/mine/new.json"
	must test -s "$HOME/target/new.json"
}

test_case "a file that is there is merged with or replaced, and not overwritten by itself" \
	a_file_that_is_there_is_not_overwritten
test_case "a link that the sandbox can have made is not followed" a_planted_link_is_not_followed
test_case "only what was needed is put back into a hidden home directory" \
	only_what_was_needed_is_put_back_into_a_hidden_home
home_may_be_a_link() {
	prepare
	mv "$HOME" "$CASE/real"
	ln -s real "$HOME"
	run -- "$PROBE" read "$HOME/docs/readme"
	must "$SRT_TOP" export t -o closed.json
	cat closed.json
	is "$(jq -c .filesystem.allowRead closed.json)" "[\"$CASE/real/docs/readme\"]" "what is put back"
	"$SRT_TOP" run -n u -m enforce -s closed.json -- "$PROBE" read "$CASE/real/docs/readme" , \
		read "$CASE/real/.ssh/config" >out 2>err
	probe_says read "$CASE/real/docs/readme" ok
	must_not grep -q "config: ok" out
}

test_case "a home directory behind a link is hidden, and what is needed is put back" home_may_be_a_link
test_case "the working directory is there although home is hidden" the_working_directory_stays
test_case "a run can be left out of an export" a_run_can_be_left_out
test_case "with the export the server works and nothing is refused" the_export_suffices
test_case "the export opens nothing beyond the answers" the_export_opens_no_more_than_answered
test_case "-o writes what would be printed, and check accepts it" a_file_is_written_whole_and_privately
test_case "a server that is refused everything still speaks the protocol" \
	the_server_speaks_the_protocol_in_enforce_mode
test_end
