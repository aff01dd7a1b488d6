/* SPDX-License-Identifier: MIT */
#include "core/session/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "core/base/io.h"
#include "core/base/mem.h"

#include "tests/lib/unit.h"

#define HELLO "{\"type\":\"hello\",\"v\":1,\"session\":{\"id\":\"1-a\",\"server\":\"x\"}}\n"

static char root[64];
static char *path;
static int listener = -1;

static void make_listener(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(root, "/tmp/srt-top-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	path = xasprintf("%s/1-a.sock", root);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(address.sun_path, path);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
}

static void remove_listener(void)
{
	_cleanup_free_ char *command = xasprintf("rm -rf %s", root);

	close_fd(&listener);
	ck_assert_int_eq(system(command), 0);
	free(path);
}

/* Connects a client and takes the server's end of the connection. */
static struct client *attach(int *server)
{
	struct err e = { 0 };
	struct client *client = client_connect(path, false, &e);

	ck_assert_msg(client != NULL, "%s", e.message);
	*server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(*server, 0);
	return client;
}

static void say(int server, const char *text)
{
	ck_assert_int_eq(write_all(server, text, strlen(text)), 0);
}

START_TEST(attach_line_comes_first)
{
	int server;
	struct client *client = attach(&server);
	char line[256] = "";

	ck_assert_int_gt(read(server, line, sizeof(line) - 1), 0);
	ck_assert_str_eq(line, "{\"type\":\"attach\",\"v\":1,\"role\":\"script\"}\n");
	client_free(client);
	close(server);
}
END_TEST

START_TEST(messages_come_out_in_order_whatever_the_pieces)
{
	static const char text[] = HELLO "{\"type\":\"lost\",\"count\":1}\n{\"type\":\"lost\",\"count\":2}\n";
	int server;
	struct client *client = attach(&server);
	struct wire_message message;
	struct err e;
	uint64_t expected = 0;

	for (size_t i = 0; i < strlen(text); i++) {
		ck_assert_int_eq(write_all(server, text + i, 1), 0);
		ck_assert_int_eq(client_read(client, &e), 1);
		while (client_next(client, &message)) {
			ck_assert_int_eq(message.type, expected ? WIRE_LOST : WIRE_HELLO);
			ck_assert_uint_eq(message.count, expected);
			expected++;
			wire_message_free(&message);
		}
	}
	ck_assert_uint_eq(expected, 3);
	client_free(client);
	close(server);
}
END_TEST

START_TEST(end_of_file_still_leaves_what_was_read)
{
	int server;
	struct client *client = attach(&server);
	struct wire_message message;
	struct err e;

	/* The attach line is taken, else the close would reset the connection. */
	char line[256];

	ck_assert_int_gt(read(server, line, sizeof(line)), 0);
	say(server, HELLO);
	close(server);
	ck_assert_int_eq(client_read(client, &e), 1);
	ck_assert_int_eq(client_read(client, &e), 0);
	ck_assert(client_next(client, &message));
	ck_assert_str_eq(message.session.id, "1-a");
	wire_message_free(&message);
	ck_assert(!client_next(client, &message));
	client_free(client);
}
END_TEST

START_TEST(unread_messages_are_freed_with_the_client)
{
	int server;
	struct client *client = attach(&server);
	struct err e;

	say(server, HELLO "{\"type\":\"questions\",\"questions\":[],\"more\":true}\n");
	ck_assert_int_eq(client_read(client, &e), 1);
	client_free(client);
	close(server);
}
END_TEST

START_TEST(nothing_to_read_is_no_end)
{
	int server;
	struct client *client = attach(&server);
	struct err e;

	ck_assert_int_eq(client_read(client, &e), 1);
	client_free(client);
	close(server);
}
END_TEST

static const char *const unacceptable[] = {
	"nonsense\n",
	"{\"type\":\"lost\",\"count\":1}\n",
	"{\"type\":\"weather\"}\n",
	HELLO "{\"type\":\"pending\"}\n",
	HELLO "\n",
	"{\"type\":\"hello\",\"v\":2}\n",
};

START_TEST(peer_that_breaks_the_protocol_is_an_error)
{
	int server;
	struct client *client = attach(&server);
	struct err e = { 0 };

	say(server, unacceptable[_i]);
	ck_assert_int_eq(client_read(client, &e), -1);
	ck_assert_str_ne(e.message, "");
	client_free(client);
	close(server);
}
END_TEST

START_TEST(message_of_an_unknown_type_is_skipped)
{
	int server;
	struct client *client = attach(&server);
	struct wire_message message;
	struct err e;

	say(server, HELLO "{\"type\":\"weather\"}\n{\"type\":\"lost\",\"count\":1}\n");
	ck_assert_int_eq(client_read(client, &e), 1);
	ck_assert(client_next(client, &message));
	wire_message_free(&message);
	ck_assert(client_next(client, &message));
	ck_assert_int_eq(message.type, WIRE_LOST);
	wire_message_free(&message);
	client_free(client);
	close(server);
}
END_TEST

START_TEST(refusal_in_place_of_a_greeting_is_handed_on)
{
	int server;
	struct client *client = attach(&server);
	struct wire_message message;
	struct err e;

	say(server, "{\"type\":\"error\",\"message\":\"full\"}\n");
	ck_assert_int_eq(client_read(client, &e), 1);
	ck_assert(client_next(client, &message));
	ck_assert_int_eq(message.type, WIRE_ERROR);
	ck_assert_str_eq(message.text, "full");
	wire_message_free(&message);
	client_free(client);
	close(server);
}
END_TEST

START_TEST(endless_line_is_an_error)
{
	int server;
	struct client *client = attach(&server);
	_cleanup_free_ char *blanks = xmalloc(32768);
	struct err e;
	int result = 1;

	memset(blanks, ' ', 32768);
	for (int i = 0; i < 16 && result == 1; i++) {
		ck_assert_int_eq(write_all(server, blanks, 32768), 0);
		result = client_read(client, &e);
	}
	ck_assert_int_eq(result, -1);
	client_free(client);
	close(server);
}
END_TEST

START_TEST(reply_of_several_lines_comes_as_one)
{
#define QUESTION(id)                                                                               \
	"{\"v\":1,\"id\":\"" id "\",\"kind\":\"read\",\"verdict\":\"ask\",\"scopes\":[\"exact\"]}"
	int server;
	struct client *client = attach(&server);
	struct wire_message message;
	struct err e;

	say(server, HELLO);
	ck_assert_int_eq(client_read(client, &e), 1);
	ck_assert(client_next(client, &message));
	wire_message_free(&message);
	say(server, "{\"type\":\"questions\",\"questions\":[" QUESTION("a.1") "],\"more\":true}\n");
	ck_assert_int_eq(client_read(client, &e), 1);
	ck_assert(!client_next(client, &message));
	say(server, "{\"type\":\"lost\",\"count\":1}\n{\"type\":\"questions\",\"questions\":["
		    QUESTION("a.2") "," QUESTION("a.3") "],\"more\":false}\n");
	ck_assert_int_eq(client_read(client, &e), 1);
	ck_assert(client_next(client, &message));
	ck_assert_int_eq(message.type, WIRE_LOST);
	wire_message_free(&message);
	ck_assert(client_next(client, &message));
	ck_assert_uint_eq(message.question_count, 3);
	ck_assert_str_eq(message.questions[0].event.id, "a.1");
	ck_assert_str_eq(message.questions[2].event.id, "a.3");
	wire_message_free(&message);
	client_free(client);
	close(server);
}
END_TEST

START_TEST(requests_are_queued_and_flushed)
{
	int server;
	struct client *client = attach(&server);
	char text[1024] = "";

	ck_assert(!client_wants_write(client));
	client_ask_pending(client);
	client_answer(client, "1-a.4", VERDICT_ALLOW, SCOPE_DIR, DURATION_ALWAYS);
	ck_assert(client_wants_write(client));
	ck_assert_int_eq(client_flush(client), 0);
	ck_assert(!client_wants_write(client));
	ck_assert_int_gt(read(server, text, sizeof(text) - 1), 0);
	ck_assert_ptr_nonnull(strstr(text, "}\n{\"type\":\"pending\"}\n"
					   "{\"type\":\"answer\",\"id\":\"1-a.4\",\"verdict\":\"allow\","
					   "\"scope\":\"dir\",\"for\":\"always\"}\n"));
	client_free(client);
	close(server);
}
END_TEST

static const struct {
	const char *hello;
	bool sent;
} abilities[] = {
	{ HELLO, false },
	{ "{\"type\":\"hello\",\"v\":1,\"can\":[],\"session\":{\"id\":\"1-a\"}}\n", false },
	{ "{\"type\":\"hello\",\"v\":1,\"can\":[\"fly\",7,\"hold\"],"
	  "\"session\":{\"id\":\"1-a\"}}\n", true },
};

/* An older session would end the connection over it. */
START_TEST(hold_is_sent_only_to_who_understands_it)
{
	int server;
	struct client *client = attach(&server);
	char text[1024] = "";
	struct err e;

	say(server, abilities[_i].hello);
	ck_assert_int_eq(client_read(client, &e), 1);
	client_flush(client);
	client_hold(client, "1-a.4");
	ck_assert_int_eq(client_wants_write(client), abilities[_i].sent);
	client_flush(client);
	ck_assert_int_gt(read(server, text, sizeof(text) - 1), 0);
	ck_assert_int_eq(strstr(text, "{\"type\":\"hold\",\"id\":\"1-a.4\"}\n") != NULL,
			 abilities[_i].sent);
	client_free(client);
	close(server);
}
END_TEST

START_TEST(flush_never_blocks_and_tells_when_the_peer_is_gone)
{
	int server;
	struct client *client = attach(&server);

	for (int i = 0; i < 100000; i++)
		client_ask_pending(client);
	ck_assert_int_eq(client_flush(client), 0);
	ck_assert(client_wants_write(client));
	close(server);
	ck_assert_int_eq(client_flush(client), -1);
	client_free(client);
}
END_TEST

START_TEST(socket_that_nobody_listens_on_is_not_found)
{
	struct err e = { 0 };

	close_fd(&listener);
	ck_assert_ptr_null(client_connect(path, true, &e));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_int_eq(unlink(path), 0);
	e.code = ERR_GENERAL;
	ck_assert_ptr_null(client_connect(path, true, &e));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
}
END_TEST

START_TEST(path_longer_than_an_address_is_reached)
{
	char name[64];
	_cleanup_free_ char *deep = NULL;
	_cleanup_free_ char *moved = NULL;
	struct client *client;
	struct err e = { 0 };

	memset(name, 'd', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	deep = xasprintf("%s/%s/%s", root, name, name);
	ck_assert_int_eq(make_directories(deep), 0);
	moved = xasprintf("%s/1-a.sock", deep);
	ck_assert_uint_gt(strlen(moved), 108);
	ck_assert_int_eq(rename(path, moved), 0);
	client = client_connect(moved, true, &e);
	ck_assert_msg(client != NULL, "%s", e.message);
	client_free(client);
}
END_TEST

static Suite *client_suite(void)
{
	Suite *suite = suite_create("client");
	TCase *tests = tcase_create("client");

	tcase_add_checked_fixture(tests, make_listener, remove_listener);
	tcase_add_test(tests, attach_line_comes_first);
	tcase_add_test(tests, messages_come_out_in_order_whatever_the_pieces);
	tcase_add_test(tests, end_of_file_still_leaves_what_was_read);
	tcase_add_test(tests, unread_messages_are_freed_with_the_client);
	tcase_add_test(tests, nothing_to_read_is_no_end);
	tcase_add_loop_test(tests, peer_that_breaks_the_protocol_is_an_error, 0,
			    (int)ARRAY_LENGTH(unacceptable));
	tcase_add_test(tests, message_of_an_unknown_type_is_skipped);
	tcase_add_test(tests, refusal_in_place_of_a_greeting_is_handed_on);
	tcase_add_test(tests, endless_line_is_an_error);
	tcase_add_test(tests, reply_of_several_lines_comes_as_one);
	tcase_add_test(tests, requests_are_queued_and_flushed);
	tcase_add_loop_test(tests, hold_is_sent_only_to_who_understands_it, 0,
			    (int)ARRAY_LENGTH(abilities));
	tcase_add_test(tests, flush_never_blocks_and_tells_when_the_peer_is_gone);
	tcase_add_test(tests, socket_that_nobody_listens_on_is_not_found);
	tcase_add_test(tests, path_longer_than_an_address_is_reached);
	suite_add_tcase(suite, tests);
	return suite;
}

RUN_SUITE(client_suite)
