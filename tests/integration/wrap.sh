#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# wrap and unwrap: an MCP client's configuration, changed and changed back.
# shellcheck source=../lib/lib.sh
. "$(dirname "$0")/../lib/lib.sh"

configuration() {
	cat >mcp.json <<-END
		{
		  // Mine.
		  "mcpServers": {
		    "reader": {
		      "command": "cat",
		      "args": ["$HOME/.npmrc"]
		    },
		    "web": { "url": "https://example.com/mcp" },
		    "lister": { "command": "ls" }
		  }
		}
	END
	cp mcp.json before.json
}

# The words that a client would start.
words_of() { # words_of SERVER
	grep -v '//' mcp.json | jq -r --arg name "$1" '.mcpServers[$name] | .command, .args[]'
}

wrapped_servers_run_in_the_sandbox() {
	local words

	configuration
	echo token >"$HOME/.npmrc"
	must "$SRT_TOP" wrap -m enforce mcp.json >out 2>err
	is "$(<out)" "" "standard output"
	has "$(<err)" 'web is left as it is: it has no command' "what is said"
	has "$(<err)" '+      "command": "' "the difference"
	is "$(<mcp.json.bak)" "$(<before.json)" "the copy"
	mapfile -t words < <(words_of reader)
	has "${words[0]}" /srt-top "the program"
	is "${words[*]:1}" "run -n reader -m enforce -- cat $HOME/.npmrc" "its words"
	must_not "${words[@]}" >out 2>err
	has_not "$(<out)" token "output inside"
	is "$("$SRT_TOP" events --json --name reader | jq -r .object)" "$HOME/.npmrc" "what was refused"
	must "$SRT_TOP" unwrap mcp.json 2>err
	is "$(<mcp.json)" "$(<before.json)" "afterwards"
}

only_those_that_are_named() {
	configuration
	must "$SRT_TOP" wrap mcp.json lister 2>err
	is "$(words_of reader | head -n 1)" cat "the other one"
	is "$(words_of lister | tail -n +2 | tr '\n' ' ')" "run -n lister -- ls " "the one"
	cp mcp.json wrapped.json
	must "$SRT_TOP" wrap mcp.json lister 2>err
	has "$(<err)" "wrapped already" "what is said"
	must "$SRT_TOP" unwrap --dry-run mcp.json 2>err
	has "$(<err)" "lister would run as before" "what is said"
	cmp mcp.json wrapped.json || fail "a dry run changed it"
	must_not "$SRT_TOP" wrap mcp.json other 2>err
	has "$(<err)" 'no server called "other"' "what is said"
	cmp mcp.json wrapped.json || fail "it was changed"
}

a_settings_file_goes_along() {
	configuration
	settings
	must "$SRT_TOP" wrap -s settings.json mcp.json lister 2>err
	has "$(words_of lister | tr '\n' ' ')" " -s $PWD/settings.json -- ls" "its words"
	must "$SRT_TOP" unwrap mcp.json 2>err
	must_not "$SRT_TOP" wrap -s missing.json mcp.json 2>err
	has "$(<err)" missing.json "what is said"
	cmp mcp.json before.json || fail "it was changed"
}

what_is_no_configuration_is_left_alone() {
	local text

	for text in '' '{' '[]' '{"mcpServers":{}}' '{"mcpServers":{"a":{"command":"x","command":"y"}}}'; do
		printf '%s' "$text" >mcp.json
		"$SRT_TOP" wrap mcp.json >out 2>err
		is "$?" 1 "exit status for <$text>"
		is "$(wc -l <err)" 1 "lines about <$text>"
		is "$(<mcp.json)" "$text" "the file"
	done
	configuration
	ln -s mcp.json link.json
	must_not "$SRT_TOP" wrap link.json 2>err
	has "$(<err)" "symbolic link" "what is said"
	cmp mcp.json before.json || fail "a link was followed"
	must_not "$SRT_TOP" wrap missing.json 2>err
	has "$(<err)" "no such file" "what is said"
	"$SRT_TOP" wrap 2>err
	is "$?" 2 "exit status without a file"
}

test_case "wrapped servers run in the sandbox, and unwrapped as before" wrapped_servers_run_in_the_sandbox
test_case "only the servers that are named" only_those_that_are_named
test_case "a mode and a settings file go along" a_settings_file_goes_along
test_case "what is no configuration is left alone" what_is_no_configuration_is_left_alone
test_end
