// SPDX-License-Identifier: MIT
//
// Drives one real MCP server over stdio with the official client library, and says what came of each
// step in a line: "ok STEP" or "not ok STEP: why".
//
//   node drive.mjs SERVER RUN -- WORDS...
//
// SERVER is filesystem, memory or everything; RUN makes the names of new files differ from run to
// run; WORDS are put in front of the server's own command line (srt-top run … --), or are none.
// With SRT_TOP_ANSWER set to srt-top's path every question of the session is answered with allow.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const modules = process.env.SRT_TEST_NPM;
const require = createRequire(path.join(modules, "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Client } = await load("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = await load("@modelcontextprotocol/sdk/client/stdio.js");

const [name, run, , ...words] = process.argv.slice(2);
const home = process.env.HOME;
const files = path.join(home, "files");

const servers = {
	filesystem: {
		args: [files],
		tools: ["read_text_file", "write_file", "list_directory"],
		calls: [
			["list_allowed_directories", {}, files],
			["read_text_file", { path: path.join(files, "letter.txt") }, "a letter"],
			["list_directory", { path: files }, "letter.txt"],
			["write_file", { path: path.join(files, `new-${run}.txt`), content: "written" }, ""],
			["read_text_file", { path: path.join(files, `new-${run}.txt`) }, "written"],
			["create_directory", { path: path.join(files, `dir-${run}`) }, ""],
			["move_file", { source: path.join(files, `new-${run}.txt`),
				destination: path.join(files, `moved-${run}.txt`) }, ""],
		],
	},
	memory: {
		args: [],
		env: { MEMORY_FILE_PATH: path.join(files, "memory.jsonl") },
		tools: ["create_entities", "read_graph"],
		calls: [
			["create_entities", { entities: [{ name: `entity-${run}`, entityType: "test",
				observations: ["seen"] }] }, `entity-${run}`],
			["read_graph", {}, `entity-${run}`],
			["search_nodes", { query: `entity-${run}` }, "seen"],
		],
	},
	everything: {
		args: ["stdio"],
		tools: ["echo", "get-sum"],
		calls: [
			["echo", { message: "hello" }, "hello"],
			["get-sum", { a: 2, b: 3 }, "5"],
		],
	},
};

let failed = 0;
function result(good, step, why) {
	console.log(good ? `ok ${step}` : `not ok ${step}: ${why}`);
	if (!good)
		failed++;
}

let done = false;
async function answerQuestions(program) {
	const answered = new Set();
	while (!done) {
		const { stdout } = spawnSync(program, ["pending", "--json"], { encoding: "utf8" });
		for (const line of stdout.split("\n").filter((text) => text)) {
			const question = JSON.parse(line);
			if (answered.has(question.id))
				continue;
			answered.add(question.id);
			const scope = question.kind === "write" ? "dir" : "exact";
			const { status, stderr } = spawnSync(program,
				["answer", question.id, "allow", "--scope", scope, "--for", "always"], { encoding: "utf8" });
			result(status === 0, `answer ${question.kind} ${question.object}`, stderr);
		}
		await sleep(50);
	}
}

const server = servers[name];
const main = path.join(modules, "node_modules", "@modelcontextprotocol", `server-${name}`, "dist/index.js");
const command = [...words, process.execPath, main, ...server.args];
const transport = new StdioClientTransport({ command: command[0], args: command.slice(1),
	env: { ...process.env, ...server.env }, stderr: "inherit" });
const client = new Client({ name: "srt-top-tests", version: "1" });
const answering = process.env.SRT_TOP_ANSWER ? answerQuestions(process.env.SRT_TOP_ANSWER) : null;

try {
	await client.connect(transport);
	result(true, "initialize");
	const { tools } = await client.listTools();
	const names = tools.map((tool) => tool.name);
	for (const tool of server.tools)
		result(names.includes(tool), `tools/list has ${tool}`, names.join(" "));
	for (const [tool, args, wanted] of server.calls) {
		const answer = await client.callTool({ name: tool, arguments: args }, undefined, { timeout: 60000 });
		const text = (answer.content ?? []).map((part) => part.text ?? "").join("\n");
		result(!answer.isError && text.includes(wanted), `tools/call ${tool}`, text);
	}
} catch (error) {
	result(false, "the protocol", error.message);
} finally {
	done = true;
	await answering;
	await client.close().catch(() => {});
}
process.exit(failed ? 1 : 0);
