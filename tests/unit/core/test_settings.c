/* SPDX-License-Identifier: MIT */
#include "core/policy/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tests/unit/core/settings_texts.h"

static const struct {
	const char *text;
	size_t length; /* 0: up to the NUL */
	const char *message;
} syntax[] = {
	{ "{bad", 0, "is not valid JSON: unexpected character at line 1 column 2" },
	{ "{\"a\":1,\n}", 0, "is not valid JSON: unexpected character at line 2 column 1" },
	{ "{} x", 0, "is not valid JSON: text after the value at line 1 column 4" },
	{ "{}{}", 0, "is not valid JSON: text after the value at line 1 column 3" },
	{ "{}\0", 3, "is not valid JSON: text after the value at line 1 column 3" },
	{ "\xef\xbb\xbf{}", 0, "is not valid JSON: byte order mark at line 1 column 1" },
	{ "{\"a\":1", 0, "is not valid JSON: unexpected end at line 1 column 7" },
	{ "// x\n{}", 0, "is not valid JSON: unexpected character at line 1 column 1" },
	{ "[01]", 0, "is not valid JSON: unexpected character at line 1 column 3" },
	{ "[1.]", 0, "is not valid JSON: unexpected character at line 1 column 4" },
	{ "[.5]", 0, "is not valid JSON: unexpected character at line 1 column 2" },
	{ "[+1]", 0, "is not valid JSON: unexpected character at line 1 column 2" },
	{ "[-]", 0, "is not valid JSON: unexpected character at line 1 column 3" },
	{ "[NaN]", 0, "is not valid JSON: unexpected character at line 1 column 2" },
	{ "[tru]", 0, "is not valid JSON: unexpected character at line 1 column 2" },
	{ "[1,]", 0, "is not valid JSON: unexpected character at line 1 column 4" },
	{ "{\"a\"}", 0, "is not valid JSON: unexpected character at line 1 column 5" },
	{ "{a:1}", 0, "is not valid JSON: unexpected character at line 1 column 2" },
	{ "['a']", 0, "is not valid JSON: unexpected character at line 1 column 2" },
	{ "[\"a\tb\"]", 0, "is not valid JSON: control character in a string at line 1 column 4" },
	{ "[\"\0\"]", 5, "is not valid JSON: control character in a string at line 1 column 3" },
	{ "[\v1]", 0, "is not valid JSON: unexpected character at line 1 column 2" },
	{ "[\"\\u0000\"]", 0, "is not valid JSON: NUL in a string at line 1 column 9" },
	{ "[\"\\x41\"]", 0, "is not valid JSON: unexpected character at line 1 column 4" },
	{ "[\"\\u12g4\"]", 0, "is not valid JSON: malformed \\u escape at line 1 column 5" },
	{ "[\"\\ud800\"]", 0, "is not valid JSON: half of a surrogate pair at line 1 column 9" },
	{ "[\"\\udc00\"]", 0, "is not valid JSON: half of a surrogate pair at line 1 column 9" },
	{ "[\"\xff\"]", 0, "is not valid JSON: not UTF-8 at line 1 column 3" },
	{ "[\"\xed\xa0\x80\"]", 0, "is not valid JSON: not UTF-8 at line 1 column 3" },
	{ "[\"a", 0, "is not valid JSON: unexpected end at line 1 column 4" },
	{ "[\"a\\", 0, "is not valid JSON: unexpected end at line 1 column 5" },
	{ "{\"a\":1,\"a\":1}", 0, "is not valid JSON: the key \"a\" comes twice in one object" },
	{ "{\"a\":1,\"\\u0061\":1}", 0,
	  "is not valid JSON: the key \"a\" comes twice in one object" },
	{ "[[{\"x\":{\"b\":1,\"a\":1,\"b\":1}}]]", 0,
	  "is not valid JSON: the key \"b\" comes twice in one object" },
	{ "[1111111111111111111111111111111111111111111111111111111111111111111111111111111111]", 0,
	  "is not valid JSON: a number is too long at line 1 column 84" },
	{ "", 0, "is empty. Delete it, or put a config in it." },
	{ " \t\r\n", 0, "is empty. Delete it, or put a config in it." },
	{ "\xef\xbb\xbf\n", 0, "is empty. Delete it, or put a config in it." },
	{ "\xc2\xa0\xe2\x80\x83\xe3\x80\x80", 0, "is empty. Delete it, or put a config in it." },
};

START_TEST(text_that_readers_may_take_differently_is_refused)
{
	_cleanup_settings_ struct settings *settings = NULL;
	size_t length = syntax[_i].length ? syntax[_i].length : strlen(syntax[_i].text);
	struct err e = { 0 };

	ck_assert_int_eq(settings_parse(&settings, syntax[_i].text, length, &e), -1);
	ck_assert_str_eq(e.message, syntax[_i].message);
}
END_TEST

/* A valid config with a nest of `depth` arrays under an unknown key. Caller frees. */
static char *nested(size_t depth)
{
	struct buf text = BUF_EMPTY;

	buf_adds(&text, "{\"network\":{" LISTS "},\"filesystem\":{" PATHS "},\"x\":");
	for (size_t i = 0; i < depth; i++)
		buf_addc(&text, '[');
	for (size_t i = 0; i < depth; i++)
		buf_addc(&text, ']');
	buf_addc(&text, '}');
	return buf_steal(&text);
}

START_TEST(nesting_is_taken_up_to_64_levels)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_free_ char *good = nested(63), *bad = nested(64), *worse = nested(1000000);
	struct err e = { 0 };

	ck_assert_int_eq(settings_parse(&settings, good, strlen(good), &e), 0);
	ck_assert_int_eq(settings_parse(&settings, bad, strlen(bad), &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "nested too deeply"));
	ck_assert_int_eq(settings_parse(&settings, worse, strlen(worse), &e), -1);
}
END_TEST

START_TEST(the_text_need_not_end_in_nul)
{
	_cleanup_settings_ struct settings *settings = NULL;
	static const char text[] = TOP("");
	_cleanup_free_ char *exact = malloc(sizeof(text) - 1);
	struct err e = { 0 };

	memcpy(exact, text, sizeof(text) - 1);
	ck_assert_int_eq(settings_parse(&settings, exact, sizeof(text) - 1, &e), 0);
}
END_TEST

START_TEST(an_object_with_very_many_keys_is_read_in_good_time)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	buf_adds(&text, "{\"network\":{" LISTS "},\"filesystem\":{" PATHS "}");
	for (int i = 0; i < 200000; i++)
		buf_addf(&text, ",\"%d\":0", i);
	buf_addc(&text, '}');
	ck_assert_int_eq(settings_parse(&settings, text.data, text.length, &e), 0);
	ck_assert_uint_eq(settings->unknown_keys.count, 1000);
	buf_clear(&text);
	buf_adds(&text, "[0");
	for (int i = 0; i < 262144; i++)
		buf_adds(&text, ",0");
	buf_addc(&text, ']');
	ck_assert_int_eq(settings_parse(&settings, text.data, text.length, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "too many values"));
}
END_TEST

START_TEST(a_flood_of_faults_stays_a_message)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_buf_ struct buf text = BUF_EMPTY;
	struct err e = { 0 };

	buf_adds(&text, "{\"filesystem\":{" PATHS
			"},\"network\":{\"deniedDomains\":[],\"allowedDomains\":[0");
	for (int i = 0; i < 100000; i++)
		buf_adds(&text, ",0");
	buf_adds(&text, "]}}");
	ck_assert_int_eq(settings_parse(&settings, text.data, text.length, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "network.allowedDomains.0: Expected string"));
}
END_TEST

static const char whole[] =
	"{\"network\":{\"allowedDomains\":[\"a.com\",\"*.b.com:443\"],\"deniedDomains\":[\"*:22\"],"
	"\"deniedDomainReasons\":{\"*:22\":\"use https\"},\"strictAllowlist\":true,"
	"\"deniedResolvedAddresses\":[\"10.0.0.0/8\",\"FC00::/7\",\"1.2.3.4\",\"::ffff:10.0.0.0/"
	"104\","
	"\"::ffff:a00:1\",\"10.0.0.0/08\"],\"allowUnixSockets\":[\"/"
	"s\"],\"allowAllUnixSockets\":true,"
	"\"httpProxyPort\":8080,\"socksProxyPort\":1080,\"mitmProxy\":{\"socketPath\":\"/"
	"m\",\"domains\":"
	"[\"*.c.com\"],\"typo\":1},\"parentProxy\":{\"http\":\"http://h\",\"https\":\"https://s\","
	"\"noProxy\":\"n\"},\"alowedDomains\":[]},"
	"\"filesystem\":{\"disabled\":false,\"denyRead\":[\"~/.ssh\",{\"path\":\"/"
	"a*\",\"literal\":true}],"
	"\"allowRead\":[\"r\"],\"allowWrite\":[\".\"],\"denyWrite\":[\".env\"],\"allowGitConfig\":"
	"true},"
	"\"credentials\":{\"files\":[{\"path\":\"~/"
	".netrc\",\"mode\":\"deny\"}],\"envVars\":[{\"name\":"
	"\"T\",\"mode\":\"mask\",\"extract\":\"(x)\",\"onExtractNoMatch\":\"error\",\"decode\":"
	"\"jwt\","
	"\"maskClaims\":[\"sub\"],\"injectHosts\":[\"a.com\"]}],\"allowPlaintextInject\":true},"
	"\"mandatoryDenySearchDepth\":5,\"bwrapPath\":\"/usr/bin/bwrap\","
	"\"git\":{\"safeDirectories\":[\"/g\"]},\"x\":{\"y\":1},\"\\u001b[2J\":0}";

START_TEST(every_field_arrives)
{
	_cleanup_settings_ struct settings *s = NULL;
	struct err e = { 0 };
	const struct credential *variable;

	ck_assert_msg(settings_parse(&s, whole, strlen(whole), &e) == 0, "%s", e.message);
	ck_assert_uint_eq(s->allowed_domains.count, 2);
	ck_assert_str_eq(s->allowed_domains.items[1], "*.b.com:443");
	ck_assert_uint_eq(s->denied_domains.count, 1);
	ck_assert_uint_eq(s->denied_reason_count, 1);
	ck_assert_str_eq(s->denied_reasons[0].entry, "*:22");
	ck_assert_str_eq(s->denied_reasons[0].reason, "use https");
	ck_assert(s->strict_allowlist && s->allow_all_unix_sockets);
	ck_assert_uint_eq(s->denied_resolved_addresses.count, 6);
	ck_assert_str_eq(s->denied_resolved_addresses.items[0], "10.0.0.0/8");
	ck_assert_str_eq(s->denied_resolved_addresses.items[1], "fc00::/7");
	ck_assert_str_eq(s->denied_resolved_addresses.items[2], "1.2.3.4");
	ck_assert_str_eq(s->denied_resolved_addresses.items[3], "10.0.0.0/8");
	ck_assert_str_eq(s->denied_resolved_addresses.items[4], "10.0.0.1");
	ck_assert_str_eq(s->denied_resolved_addresses.items[5], "10.0.0.0/8");
	ck_assert_str_eq(s->allow_unix_sockets.items[0], "/s");
	ck_assert_int_eq(s->http_proxy_port, 8080);
	ck_assert_int_eq(s->socks_proxy_port, 1080);
	ck_assert_str_eq(s->mitm_socket_path, "/m");
	ck_assert_str_eq(s->mitm_domains.items[0], "*.c.com");
	ck_assert(!s->has_tls_terminate);
	ck_assert_str_eq(s->parent_http, "http://h");
	ck_assert_str_eq(s->parent_https, "https://s");
	ck_assert_str_eq(s->parent_no_proxy, "n");
	ck_assert(!s->filesystem_disabled && s->allow_git_config);
	ck_assert_uint_eq(s->deny_read.count, 2);
	ck_assert_str_eq(s->deny_read.items[0].path, "~/.ssh");
	ck_assert(!s->deny_read.items[0].literal && s->deny_read.items[1].literal);
	ck_assert_str_eq(s->deny_read.items[1].path, "/a*");
	ck_assert_str_eq(s->allow_read.items[0].path, "r");
	ck_assert_str_eq(s->allow_write.items[0].path, ".");
	ck_assert_str_eq(s->deny_write.items[0].path, ".env");
	ck_assert_str_eq(s->credential_files.items[0].name, "~/.netrc");
	ck_assert_int_eq(s->credential_files.items[0].mode, CREDENTIAL_DENY);
	ck_assert_int_eq(s->credential_files.items[0].no_match, NO_MATCH_WARN);
	variable = &s->credential_vars.items[0];
	ck_assert_str_eq(variable->name, "T");
	ck_assert_int_eq(variable->mode, CREDENTIAL_MASK);
	ck_assert_str_eq(variable->extract, "(x)");
	ck_assert_int_eq(variable->no_match, NO_MATCH_ERROR);
	ck_assert(variable->decode_jwt && variable->has_inject_hosts);
	ck_assert_str_eq(variable->mask_claims.items[0], "sub");
	ck_assert_str_eq(variable->inject_hosts.items[0], "a.com");
	ck_assert(s->allow_plaintext_inject);
	ck_assert_int_eq(s->mandatory_deny_search_depth, 5);
	ck_assert_str_eq(s->bwrap_path, "/usr/bin/bwrap");
	ck_assert_str_eq(s->git_safe_directories.items[0], "/g");
	ck_assert_uint_eq(s->unknown_keys.count, 4);
	ck_assert_str_eq(s->unknown_keys.items[0], "network.mitmProxy.typo");
	ck_assert_str_eq(s->unknown_keys.items[1], "network.alowedDomains");
	ck_assert_str_eq(s->unknown_keys.items[2], "x");
	ck_assert_str_eq(s->unknown_keys.items[3], "\x1b[2J");
}
END_TEST

START_TEST(the_defaults_are_empty)
{
	_cleanup_settings_ struct settings *s = settings_new();

	ck_assert_uint_eq(s->allowed_domains.count, 0);
	ck_assert_uint_eq(s->allow_write.count, 0);
	ck_assert_int_eq(s->mandatory_deny_search_depth, 3);
	ck_assert_ptr_null(settings_unsupported(s));
}
END_TEST

static const struct {
	const char *text, *field;
} unsupported[] = {
	{ NETWORK(",\"tlsTerminate\":{}"), "network.tlsTerminate" },
	{ NETWORK(",\"parentProxy\":{\"https\":\"https://p.test:8080\"}"),
	  "network.parentProxy with a URL other than http://" },
	{ NETWORK(",\"parentProxy\":{\"http\":\"socks5://p.test:1080\"}"),
	  "network.parentProxy with a URL other than http://" },
	{ NETWORK(",\"parentProxy\":{\"http\":\"http://u:p@p.test:8080\",\"noProxy\":\"*\"}"), NULL },
	{ NETWORK(",\"parentProxy\":{\"http\":\"p.test:8080\"}"), NULL },
	{ NETWORK(",\"mitmProxy\":{\"socketPath\":\"/x\",\"domains\":[\"a.com\"]}"), NULL },
	{ NETWORK(",\"httpProxyPort\":1,\"socksProxyPort\":2"), NULL },
	{ NETWORK(",\"refuseOpaqueTunnels\":true,\"requireHostMatch\":true,"
		  "\"stripResponseHeaders\":[\"x\"]"),
	  NULL },
	{ MASK(""), NULL },
	{ CREDENTIALS(",\"tlsTerminate\":{}", "\"envVars\":[{\"name\":\"V\",\"mode\":\"mask\"}]"),
	  "network.tlsTerminate" },
	{ CREDENTIALS(
		  "",
		  "\"allowPlaintextInject\":true,\"files\":[{\"path\":\"/a\",\"mode\":\"mask\"}]"),
	  NULL },
	{ CREDENTIALS("", "\"sigv4\":{}"), "credentials.sigv4" },
	{ TOP(",\"enableWeakerNestedSandbox\":true,\"allowNestedUserNamespaces\":true"), NULL },
	{ NETWORK(",\"refuseOpaqueTunnels\":false,\"stripResponseHeaders\":[]"), NULL },
	{ NETWORK(",\"deniedResolvedAddresses\":[\"1.2.3.4\"],\"allowAllUnixSockets\":true"),
	  NULL },
	{ FILESYSTEM(",\"disabled\":true"), NULL },
	{ FILE_CREDENTIAL(""), NULL },
};

START_TEST(what_cannot_be_honoured_is_named)
{
	_cleanup_settings_ struct settings *settings = NULL;
	struct err e = { 0 };

	ck_assert_msg(settings_parse(&settings, unsupported[_i].text, strlen(unsupported[_i].text),
				     &e) == 0,
		      "%s", e.message);
	ck_assert_pstr_eq(settings_unsupported(settings), unsupported[_i].field);
}
END_TEST

static char directory[] = "/tmp/test-settings-XXXXXX";
static char path[64];

static void make_directory(void)
{
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/s.json", directory);
}

static void remove_directory(void)
{
	unlink(path);
	rmdir(path);
	rmdir(directory);
}

static void write_file(const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_eq(write_all(fd, text, strlen(text)), 0);
}

START_TEST(a_missing_file_is_an_error_only_where_it_was_named)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_free_ char *expected = xasprintf(
		"%s does not exist.\nRefusing to run with the built-in defaults, which would "
		"drop the rules --settings asked for.",
		path);
	struct err e = { 0 };
	bool found = true;

	ck_assert_int_eq(settings_load(&settings, &found, path, true, &e), -1);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_str_eq(e.message, expected);
	ck_assert_int_eq(settings_load(&settings, &found, path, false, &e), 0);
	ck_assert(!found);
	ck_assert_uint_eq(settings->allow_write.count, 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_never_taken_for_the_defaults)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_free_ char *expected = xasprintf(
		"%s could not be read (EISDIR).\nRefusing to run with the built-in defaults, "
		"which would drop this file's rules (its denyRead, allowRead and credential "
		"entries included).",
		path);
	_cleanup_free_ char *below = xasprintf("%s/x/y", path);
	struct err e = { 0 };
	bool found;

	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(settings_load(&settings, &found, path, false, &e), -1);
	ck_assert_str_eq(e.message, expected);
	ck_assert_int_eq(rmdir(path), 0);
	write_file("x");
	ck_assert_int_eq(settings_load(&settings, &found, below, false, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "could not be read (ENOTDIR)"));
	ck_assert_ptr_null(settings);
}
END_TEST

START_TEST(a_file_of_more_than_4_mib_is_refused)
{
	_cleanup_settings_ struct settings *settings = NULL;
	struct err e = { 0 };
	bool found;

	write_file("{}");
	ck_assert_int_eq(truncate(path, 4 * 1024 * 1024 + 1), 0);
	ck_assert_int_eq(settings_load(&settings, &found, path, true, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.message, "could not be read (EFBIG)"));
}
END_TEST

START_TEST(a_message_about_a_file_begins_with_its_path)
{
	_cleanup_settings_ struct settings *settings = NULL;
	_cleanup_free_ char *expected =
		xasprintf("%s " INVALID "network: Required; filesystem: Required\n"
			  "Refusing to run with the built-in defaults, which would drop this file's "
			  "rules (its denyRead, allowRead and credential entries included).", path);
	struct err e = { 0 };
	bool found;

	write_file("{}");
	ck_assert_int_eq(settings_load(&settings, &found, path, true, &e), -1);
	ck_assert_str_eq(e.message, expected);
	write_file(TOP(""));
	ck_assert_int_eq(settings_load(&settings, &found, path, true, &e), 0);
	ck_assert(found);
}
END_TEST

START_TEST(two_ways_to_look_into_tls_exclude_each_other)
{
	_cleanup_settings_ struct settings *settings = NULL;
	struct err e = { 0 };
	bool found;

	write_file(NETWORK(",\"tlsTerminate\":{},\"mitmProxy\":{\"socketPath\":\"/x\",\"domains\":"
			   "[\"a.com\"]}"));
	ck_assert_int_eq(settings_load(&settings, &found, path, true, &e), -1);
	ck_assert_str_eq(e.message,
			 "network.tlsTerminate and network.mitmProxy are mutually exclusive");
}
END_TEST

static Suite *settings_suite(void)
{
	Suite *suite = suite_create("settings");
	TCase *parsing = tcase_create("parsing"), *loading = tcase_create("loading");

	tcase_set_timeout(parsing, 30);
	tcase_add_loop_test(parsing, text_that_readers_may_take_differently_is_refused, 0,
			    COUNT(syntax));
	tcase_add_test(parsing, nesting_is_taken_up_to_64_levels);
	tcase_add_test(parsing, the_text_need_not_end_in_nul);
	tcase_add_test(parsing, an_object_with_very_many_keys_is_read_in_good_time);
	tcase_add_test(parsing, a_flood_of_faults_stays_a_message);
	tcase_add_test(parsing, every_field_arrives);
	tcase_add_test(parsing, the_defaults_are_empty);
	tcase_add_loop_test(parsing, what_cannot_be_honoured_is_named, 0, COUNT(unsupported));
	suite_add_tcase(suite, parsing);
	tcase_add_checked_fixture(loading, make_directory, remove_directory);
	tcase_add_test(loading, a_missing_file_is_an_error_only_where_it_was_named);
	tcase_add_test(loading, a_file_that_cannot_be_read_is_never_taken_for_the_defaults);
	tcase_add_test(loading, a_file_of_more_than_4_mib_is_refused);
	tcase_add_test(loading, a_message_about_a_file_begins_with_its_path);
	tcase_add_test(loading, two_ways_to_look_into_tls_exclude_each_other);
	suite_add_tcase(suite, loading);
	return suite;
}

RUN_SUITE(settings_suite)
