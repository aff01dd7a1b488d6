/* SPDX-License-Identifier: MIT */
#include "core/policy/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/io.h"
#include "core/base/mem.h"
#include "tests/lib/unit.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define INVALID "does not hold a valid config \xe2\x80\x94 "
#define LISTS "\"allowedDomains\":[],\"deniedDomains\":[]"
#define PATHS "\"denyRead\":[],\"allowWrite\":[],\"denyWrite\":[]"
#define NETWORK(more) "{\"network\":{" LISTS more "},\"filesystem\":{" PATHS "}}"
#define FILESYSTEM(more) "{\"network\":{" LISTS "},\"filesystem\":{" PATHS more "}}"
#define TOP(more) "{\"network\":{" LISTS "},\"filesystem\":{" PATHS "}" more "}"
#define ALLOWED(list)                                                                              \
	"{\"network\":{\"allowedDomains\":" list ",\"deniedDomains\":[]},\"filesystem\":{" PATHS   \
	"}}"
#define DENY_READ(list) \
	"{\"network\":{" LISTS "},\"filesystem\":{\"denyRead\":" list \
	",\"allowWrite\":[],\"denyWrite\":[]}}"
#define CREDENTIALS(network, members)                                                              \
	"{\"network\":{\"allowedDomains\":[\"a.com:443\",\"*.b.com\"],\"deniedDomains\":["         \
	"]" network "},\"filesystem\":{" PATHS "},\"credentials\":{" members "}}"
#define FILE_CREDENTIAL(more)                                                                      \
	CREDENTIALS("", "\"files\":[{\"path\":\"/x\",\"mode\":\"deny\"" more "}]")
#define MASK(more)                                                                                 \
	CREDENTIALS("", "\"allowPlaintextInject\":true,\"envVars\":[{\"name\":\"V\",\"mode\":"     \
			"\"mask\"" more "}]")
#define LITERAL "Expected a path, or { \"path\": \"<path>\", \"literal\": true }"

/* The message behind INVALID, whole; NULL: valid. */
static const struct {
	const char *text, *message;
} schema[] = {
	{ TOP(""), NULL },
	{ "[]", "(root): Expected object, received array" },
	{ "null", "(root): Expected object, received null" },
	{ "{}", "network: Required; filesystem: Required" },
	{ "{\"network\":{" LISTS "}}", "filesystem: Required" },
	{ "{\"network\":{},\"filesystem\":{\"denyRead\":[],\"allowWrite\":[]}}",
	  "network.allowedDomains: Required; network.deniedDomains: Required; "
	  "filesystem.denyWrite: Required" },
	{ "{\"network\":[],\"filesystem\":null}",
	  "network: Expected object, received array; filesystem: Expected object, received null" },
	/* network */
	{ ALLOWED("[\"a.com\",\"*.b.com:443\"]"), NULL },
	{ ALLOWED("\"x\""), "network.allowedDomains: Expected array, received string" },
	{ ALLOWED("[\"a.com\",1]"), "network.allowedDomains.1: Expected string, received number" },
	{ ALLOWED("[null]"), "network.allowedDomains.0: Expected string, received null" },
	{ ALLOWED("[\"\"]"), "network.allowedDomains.0: A domain cannot be empty" },
	{ ALLOWED("[\"*\"]"), "network.allowedDomains.0: A wildcard may only be the whole first "
			      "part, as in *.example.com" },
	{ ALLOWED("[\"a.com:0\"]"),
	  "network.allowedDomains.0: The port must be a number from 1 to 65535" },
	{ NETWORK(",\"deniedDomainReasons\":{\"a.com\":\"why\"}"), NULL },
	{ NETWORK(",\"deniedDomainReasons\":{\"a.com\":\"\"}"),
	  "network.deniedDomainReasons.a.com: String must contain at least 1 character(s)" },
	{ NETWORK(",\"deniedDomainReasons\":[]"),
	  "network.deniedDomainReasons: Expected object, received array" },
	{ NETWORK(",\"strictAllowlist\":\"yes\""),
	  "network.strictAllowlist: Expected boolean, received string" },
	{ NETWORK(",\"allowLocalBinding\":null"),
	  "network.allowLocalBinding: Expected boolean, received null" },
	{ NETWORK(",\"allowUnixSockets\":[1]"),
	  "network.allowUnixSockets.0: Expected string, received number" },
	{ NETWORK(",\"allowMachLookup\":[\"a.b\",\"a*\",\"*\"]"), NULL },
	{ NETWORK(",\"allowMachLookup\":[\"a*b\"]"),
	  "network.allowMachLookup.0: A * may only be the last character" },
	{ NETWORK(",\"allowMachLookup\":[\"**\"]"),
	  "network.allowMachLookup.0: A * may only be the last character" },
	{ NETWORK(",\"httpProxyPort\":1,\"socksProxyPort\":65535"), NULL },
	{ NETWORK(",\"httpProxyPort\":0"),
	  "network.httpProxyPort: Number must be greater than or equal to 1" },
	{ NETWORK(",\"httpProxyPort\":65536"),
	  "network.httpProxyPort: Number must be less than or equal to 65535" },
	{ NETWORK(",\"httpProxyPort\":1.5"),
	  "network.httpProxyPort: Expected integer, received float" },
	{ NETWORK(",\"socksProxyPort\":\"80\""),
	  "network.socksProxyPort: Expected number, received string" },
	{ NETWORK(",\"socksProxyPort\":1e999"), "network.socksProxyPort: Expected integer, "
						"received float; network.socksProxyPort: Number "
						"must be less than or equal to 65535" },
	{ NETWORK(",\"mitmProxy\":{\"socketPath\":\"/x\",\"domains\":[\"a.com\"]}"), NULL },
	{ NETWORK(",\"mitmProxy\":{\"socketPath\":\"/x\",\"domains\":[]}"),
	  "network.mitmProxy.domains: Array must contain at least 1 element(s)" },
	{ NETWORK(",\"mitmProxy\":{\"socketPath\":\"\",\"domains\":[\"a.com:443\"]}"),
	  "network.mitmProxy.socketPath: String must contain at least 1 character(s); "
	  "network.mitmProxy.domains.0: Expected a host name without a port" },
	{ NETWORK(",\"mitmProxy\":{}"),
	  "network.mitmProxy.socketPath: Required; network.mitmProxy.domains: Required" },
	{ NETWORK(",\"filterRequest\":true"),
	  "network.filterRequest: filterRequest must be a function" },
	{ NETWORK(",\"stripResponseHeaders\":[\"\"]"),
	  "network.stripResponseHeaders.0: String must contain at least 1 character(s)" },
	{ NETWORK(",\"ambiguousRequestTarget\":\"normalize\""), NULL },
	{ NETWORK(",\"ambiguousRequestTarget\":\"x\\u001b\""),
	  "network.ambiguousRequestTarget: Invalid enum value. Expected 'refuse' | 'asSpelled' | "
	  "'normalize', received 'x\\x1b'" },
	{ NETWORK(",\"ambiguousRequestTarget\":1"),
	  "network.ambiguousRequestTarget: Expected 'refuse' | 'asSpelled' | 'normalize', received "
	  "number" },
	{ NETWORK(",\"tlsTerminate\":{\"maxTunnels\":65536,\"handshakeTimeoutMs\":100}"), NULL },
	{ NETWORK(",\"tlsTerminate\":{\"caCertPath\":\"/x\"}"),
	  "network.tlsTerminate: caCertPath and caKeyPath must be provided together" },
	{ NETWORK(",\"tlsTerminate\":{\"maxTunnels\":65537,\"handshakeTimeoutMs\":99}"),
	  "network.tlsTerminate.maxTunnels: Number must be less than or equal to 65536; "
	  "network.tlsTerminate.handshakeTimeoutMs: Number must be greater than or equal to 100" },
	{ NETWORK(",\"tlsTerminate\":{\"excludeDomains\":[\"com\"],\"extraCaCertPaths\":[\"\"]}"),
	  "network.tlsTerminate.excludeDomains.0: Expected a full domain name, localhost or an IP "
	  "address; network.tlsTerminate.extraCaCertPaths.0: String must contain at least 1 "
	  "character(s)" },
	{ NETWORK(",\"tlsTerminate\":{},\"mitmProxy\":{\"socketPath\":\"/"
		  "x\",\"domains\":[\"a.com\"]}"),
	  NULL },
	{ NETWORK(",\"parentProxy\":{\"http\":\"http://u:p@h:1\",\"noProxy\":\"*\"}"), NULL },
	{ NETWORK(",\"parentProxy\":{\"http\":\"h:\",\"https\":\"host\"}"),
	  "network.parentProxy.https: Invalid url" },
	/* filesystem */
	{ FILESYSTEM(",\"disabled\":\"yes\""),
	  "filesystem.disabled: Expected boolean, received string" },
	{ FILESYSTEM(",\"allowRead\":[\"x\"],\"allowGitConfig\":true"), NULL },
	{ FILESYSTEM(",\"allowRead\":null"),
	  "filesystem.allowRead: Expected array, received null" },
	{ DENY_READ("[\"\"]"), "filesystem.denyRead.0: Path cannot be empty" },
	{ DENY_READ("[1]"), "filesystem.denyRead.0: " LITERAL },
	{ DENY_READ("[null]"), "filesystem.denyRead.0: " LITERAL },
	{ DENY_READ("[[]]"), "filesystem.denyRead.0: " LITERAL },
	{ DENY_READ("[{\"path\":\"/x*\",\"literal\":true}]"), NULL },
	{ DENY_READ("[{\"path\":\"/x*/\",\"literal\":true}]"), NULL },
	{ DENY_READ("[{\"path\":\"/x\"}]"), "filesystem.denyRead.0: " LITERAL },
	{ DENY_READ("[{\"path\":\"/x\",\"literal\":false}]"), "filesystem.denyRead.0: " LITERAL },
	{ DENY_READ("[{\"path\":\"/x\",\"literal\":true,\"z\":1}]"),
	  "filesystem.denyRead.0: Unrecognized key(s) in object: 'z'" },
	{ DENY_READ("[{\"path\":\"\",\"literal\":true}]"),
	  "filesystem.denyRead.0.path: Path cannot be empty" },
	{ DENY_READ("[\"build/*/\",\"/data/\",\"/data/*\"]"), NULL },
	{ DENY_READ("[\"/data/*/\"]"), "filesystem.denyRead.0: A pattern that ends in a separator "
				       "denies nothing: leave out the last \"/\"" },
	{ DENY_READ("[\"~/[ab]/\"]"), "filesystem.denyRead.0: A pattern that ends in a separator "
				      "denies nothing: leave out the last \"/\"" },
	{ "{\"network\":{" LISTS "},\"filesystem\":{\"denyRead\":[],\"allowWrite\":[\"/data/*/\"],"
	  "\"denyWrite\":[\"/d?/\"]}}",
	  "filesystem.denyWrite.0: A pattern that ends in a separator denies nothing: leave out "
	  "the "
	  "last \"/\"" },
	{ "{\"network\":{" LISTS "},\"filesystem\":{\"denyRead\":[\"/data/*/\"],\"allowWrite\":[],"
	  "\"denyWrite\":[],\"disabled\":true}}",
	  NULL },
	/* credentials */
	{ FILE_CREDENTIAL(""), NULL },
	{ TOP(",\"credentials\":{}"), NULL },
	{ TOP(",\"credentials\":{\"x\":1,\"y\\u202e\":2}"),
	  "credentials: Unrecognized key(s) in object: 'x', 'y\\u{202e}'" },
	{ TOP(",\"credentials\":[]"), "credentials: Expected object, received array" },
	{ TOP(",\"credentials\":{\"files\":[{\"path\":\"\",\"mode\":\"x\"},1]}"),
	  "credentials.files.0.path: String must contain at least 1 character(s); "
	  "credentials.files.0.mode: Invalid enum value. Expected 'deny' | 'mask', received 'x'; "
	  "credentials.files.1: Expected object, received number" },
	{ TOP(",\"credentials\":{\"envVars\":[{\"name\":\"1A\"}]}"),
	  "credentials.envVars.0.name: Invalid; credentials.envVars.0.mode: Required" },
	{ TOP(",\"credentials\":{\"envVars\":[{\"name\":\"A-B\",\"mode\":\"deny\"}]}"),
	  "credentials.envVars.0.name: Invalid" },
	{ TOP(",\"credentials\":{\"envVars\":[{\"name\":\"_a1\",\"mode\":\"deny\"}]}"), NULL },
	{ FILE_CREDENTIAL(",\"extract\":\"a(?:b)\""),
	  "credentials.files.0.extract: The expression needs a capturing group" },
	{ FILE_CREDENTIAL(",\"extract\":\"\\\\(a[(]\""),
	  "credentials.files.0.extract: The expression needs a capturing group" },
	{ FILE_CREDENTIAL(",\"extract\":\"(a\""),
	  "credentials.files.0.extract: Invalid regular expression" },
	{ FILE_CREDENTIAL(",\"extract\":\"(a))\""),
	  "credentials.files.0.extract: Invalid regular expression" },
	{ FILE_CREDENTIAL(",\"extract\":\"(a)[\""),
	  "credentials.files.0.extract: Invalid regular expression" },
	{ FILE_CREDENTIAL(",\"extract\":\"(a)\\\\\""),
	  "credentials.files.0.extract: Invalid regular expression" },
	{ FILE_CREDENTIAL(",\"extract\":\"(?<n>a)\",\"onExtractNoMatch\":\"error\""), NULL },
	{ FILE_CREDENTIAL(",\"extract\":\"(?<=n)a\""),
	  "credentials.files.0.extract: The expression needs a capturing group" },
	{ FILE_CREDENTIAL(",\"onExtractNoMatch\":\"no\""),
	  "credentials.files.0.onExtractNoMatch: Invalid enum value. Expected 'warn' | 'deny' | "
	  "'error', received 'no'" },
	{ FILE_CREDENTIAL(",\"decode\":\"x\""),
	  "credentials.files.0.decode: Invalid literal value, expected \"jwt\"" },
	{ FILE_CREDENTIAL(",\"maskClaims\":[\"a\"]"),
	  "credentials.files.0.maskClaims: maskClaims requires decode" },
	{ FILE_CREDENTIAL(",\"decode\":\"jwt\",\"maskClaims\":[]"),
	  "credentials.files.0.maskClaims: Array must contain at least 1 element(s)" },
	{ FILE_CREDENTIAL(",\"decode\":\"jwt\",\"maskClaims\":[\"sub\"],\"maskDuplicates\":true"),
	  NULL },
	{ FILE_CREDENTIAL(",\"injectHosts\":[\"a.com\",\"x.b.com\",\"*.b.com\"]"), NULL },
	{ FILE_CREDENTIAL(",\"injectHosts\":[\"a.com\",\"c.com\"]"),
	  "credentials.files.0.injectHosts.1: The host is not covered by network.allowedDomains" },
	{ FILE_CREDENTIAL(",\"injectHosts\":[\"a.com:443\"]"),
	  "credentials.files.0.injectHosts.0: Expected a host name without a port" },
	{ CREDENTIALS("", "\"files\":[{\"path\":\"/x*/\",\"mode\":\"deny\"}]"),
	  "credentials.files.0.path: A pattern that ends in a separator denies nothing: leave out "
	  "the last \"/\"" },
	{ MASK(""), NULL },
	{ MASK(",\"injectHosts\":[]"), "credentials.envVars.0.injectHosts: injectHosts cannot be "
				       "empty for a masked credential" },
	{ CREDENTIALS("", "\"envVars\":[{\"name\":\"V\",\"mode\":\"mask\"}]"),
	  "credentials: A masked credential needs network.tlsTerminate or "
	  "credentials.allowPlaintextInject" },
	{ CREDENTIALS(",\"tlsTerminate\":{}", "\"files\":[{\"path\":\"/x/\",\"mode\":\"mask\"}]"),
	  "credentials.files.0.path: The path of a masked file cannot end in /" },
	{ CREDENTIALS(
		  ",\"tlsTerminate\":{\"excludeDomains\":[\"*.b.com\"]}",
		  "\"envVars\":[{\"name\":\"V\",\"mode\":\"mask\",\"injectHosts\":[\"x.b.com\"]}]"),
	  "credentials.envVars.0.injectHosts: Every host is excluded by "
	  "network.tlsTerminate.excludeDomains" },
	{ CREDENTIALS(",\"tlsTerminate\":{\"excludeDomains\":[\"*.b.com\"]}",
		      "\"envVars\":[{\"name\":\"V\",\"mode\":\"mask\",\"injectHosts\":[\"x.b.com\","
		      "\"a.com\"]}]"),
	  NULL },
	{ CREDENTIALS(",\"tlsTerminate\":{}",
		      "\"envVars\":[{\"name\":\"A\",\"mode\":\"mask\"},{\"name\":\"B\",\"mode\":"
		      "\"mask\"}],\"awsPairs\":[{\"accessKeyIdVar\":\"A\",\"secretAccessKeyVar\":"
		      "\"B\"}],\"sigv4\":{\"streaming\":\"deny\"}"),
	  NULL },
	{ CREDENTIALS(",\"tlsTerminate\":{}",
		      "\"envVars\":[{\"name\":\"A\",\"mode\":\"mask\"},{\"name\":\"B\",\"mode\":"
		      "\"deny\"}],\"awsPairs\":[{\"accessKeyIdVar\":\"A\",\"secretAccessKeyVar\":"
		      "\"B\",\"sessionTokenVar\":\"A\"}]"),
	  "credentials.awsPairs.0.secretAccessKeyVar: Expected the name of an environment variable "
	  "that is masked as a whole; credentials.awsPairs.0.sessionTokenVar: The variable is used "
	  "more than once" },
	{ TOP(",\"credentials\":{\"awsPairs\":[{\"z\":1}],\"sigv4\":{\"z\":1,\"sigv4a\":\"no\"}}"),
	  "credentials.awsPairs.0.accessKeyIdVar: Required; "
	  "credentials.awsPairs.0.secretAccessKeyVar: Required; credentials.awsPairs.0: "
	  "Unrecognized "
	  "key(s) in object: 'z'; credentials.sigv4.sigv4a: Invalid enum value. Expected 'deny' | "
	  "'passthrough', received 'no'; credentials.sigv4: Unrecognized key(s) in object: 'z'" },
	/* the rest */
	{ TOP(",\"ignoreViolations\":{\"*\":[\"/usr\"],\"git push\":[\"/x\"]}"), NULL },
	{ TOP(",\"ignoreViolations\":{\"*\":\"/usr\"}"),
	  "ignoreViolations.*: Expected array, received string" },
	{ TOP(",\"ignoreViolations\":{\"\\u001b[2J\":1,\"\":2}"),
	  "ignoreViolations.\\x1b[2J: Expected array, received number; ignoreViolations.: Expected "
	  "array, received number" },
	{ TOP(",\"ignoreViolations\":{\"*\":[\"a\",1]}"),
	  "ignoreViolations.*.1: Expected string, received number" },
	{ TOP(",\"enableWeakerNestedSandbox\":1"),
	  "enableWeakerNestedSandbox: Expected boolean, received number" },
	{ TOP(",\"allowPty\":{},\"allowAppleEvents\":[]"),
	  "allowAppleEvents: Expected boolean, received array; allowPty: Expected boolean, "
	  "received "
	  "object" },
	{ TOP(",\"ripgrep\":{}"), "ripgrep.command: Required" },
	{ TOP(",\"ripgrep\":{\"command\":\"rg\",\"args\":[1]}"),
	  "ripgrep.args.0: Expected string, received number" },
	{ TOP(",\"mandatoryDenySearchDepth\":10"), NULL },
	{ TOP(",\"mandatoryDenySearchDepth\":11"),
	  "mandatoryDenySearchDepth: Number must be less than or equal to 10" },
	{ TOP(",\"seccomp\":{\"applyPath\":1}"),
	  "seccomp.applyPath: Expected string, received number" },
	{ TOP(",\"bwrapPath\":\"bin/bwrap\",\"socatPath\":\"\",\"javaAgentJarPath\":\"x.jar\""),
	  "bwrapPath: Binary path must be absolute; socatPath: Binary path must be absolute; "
	  "javaAgentJarPath: Binary path must be absolute" },
	{ TOP(",\"git\":{}"), NULL },
	{ TOP(",\"git\":{\"safeDirectories\":\"x\"}"),
	  "git.safeDirectories: Expected array, received string" },
	{ TOP(",\"windows\":{\"backend\":\"mxc\",\"sandboxUser\":\"u\",\"sublayerGuid\":"
	      "\"01234567-89ab-CDEF-0123-456789abcdef\",\"proxyPortRange\":[1,64],\"srtWin\":{"
	      "\"path\":\"x\"}}"),
	  NULL },
	{ TOP(",\"windows\":{\"backend\":\"x\",\"sandboxUser\":\"\",\"sublayerGuid\":\"0\","
	      "\"proxyPortRange\":[1]}"),
	  "windows.backend: Invalid enum value. Expected 'mxc' | 'srt-win', received 'x'; "
	  "windows.sandboxUser: String must contain at least 1 character(s); windows.sublayerGuid: "
	  "Invalid uuid; windows.proxyPortRange: Array must contain at least 2 element(s)" },
	{ TOP(",\"windows\":{\"proxyPortRange\":[2,1]}"),
	  "windows.proxyPortRange: Expected [low, high], at most 64 ports apart" },
	{ TOP(",\"windows\":{\"proxyPortRange\":[0,\"1\"]}"),
	  "windows.proxyPortRange.0: Number must be greater than or equal to 1" },
	{ TOP(",\"windows\":{\"sandboxUser\":\"123456789012345678901\"}"),
	  "windows.sandboxUser: String must contain at most 20 character(s)" },
};

START_TEST(a_rule_of_the_schema_names_the_place_and_the_fault)
{
	_cleanup_settings_ struct settings *settings = NULL;
	const char *text = schema[_i].text;
	struct err e = { 0 };
	int result = settings_parse(&settings, text, strlen(text), &e);

	if (!schema[_i].message) {
		ck_assert_msg(result == 0, "%s: %s", text, e.message);
		return;
	}
	ck_assert_msg(result == -1, "%s was accepted", text);
	ck_assert_ptr_null(settings);
	ck_assert_msg(strncmp(e.message, INVALID, strlen(INVALID)) == 0, "%s", e.message);
	ck_assert_str_eq(e.message + strlen(INVALID), schema[_i].message);
}
END_TEST

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
	ck_assert(s->has_parent_proxy && !s->has_tls_terminate);
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
	const char *range;
	bool valid;
} ranges[] = {
	{ "10.0.0.0/8", true },	      { "fc00::/7", true },    { "1.2.3.4", true },
	{ "::ffff:10.0.0.0/104", true }, { "::ffff:1.2.3.4", true }, { "::1", true },
	{ "0.0.0.0/0", true },	      { "::/0", true },	       { "::/128", true },
	{ "::/129", false },	      { "10.0.0.0/33", false }, { "[::1]", false },
	{ "a.com", false },	      { "10.0.0", false },     { "::ffff:1.2.3.4/90", false },
	{ "::ffff:1.2.3.4/129", false }, { "1.2.3.4/", false },   { "1.2.3.4/+8", false },
	{ "1.2.3.4/0008", false },    { "1.2.3.4/8/8", false }, { "fe80::1%eth0", false },
	{ "", false },		      { "/8", false },	       { "01.2.3.4", false },
};

START_TEST(address_ranges_are_literals_with_a_fitting_prefix)
{
	_cleanup_free_ char *text =
		xasprintf(NETWORK(",\"deniedResolvedAddresses\":[\"%s\"]"), ranges[_i].range);
	_cleanup_settings_ struct settings *settings = NULL;
	struct err e = { 0 };
	int result = settings_parse(&settings, text, strlen(text), &e);

	ck_assert_msg((result == 0) == ranges[_i].valid, "%s", ranges[_i].range);
	if (result < 0)
		ck_assert_str_eq(e.message,
				 INVALID "network.deniedResolvedAddresses.0: Expected an "
					 "IP address or a CIDR range");
}
END_TEST

static const struct {
	const char *url;
	bool valid;
} urls[] = {
	{ "http://h", true },		 { "http://u:p@127.1:8080/x?y#z", true },
	{ "HTTPS://H.COM", true },	 { " http://h ", true },
	{ "http:h", true },		 { "http:///h", true },
	{ "http:\\\\\\\\h", true },	 { "http://[::1]:80", true },
	{ "http://h:", true },		 { "http://%61.com", true },
	{ "http://a!b", true },		 { "socks5://h:1080", true },
	{ "mailto:x", true },		 { "a:", true },
	{ "file:///x", true },		 { "file:", true },
	{ "foo://[::1]/", true },	 { "http://us%40er:pw@127.0.0.1:1", true },
	{ "", false },			 { "h", false },
	{ "h.com:80", true },		 { "127.0.0.1:80", false },
	{ "//h", false },		 { "http://", false },
	{ "http://:80", false },	 { "http://u@", false },
	{ "http://u@:80", false },	 { "http://h:65536", false },
	{ "http://h:x", false },	 { "http://[::1", false },
	{ "http://[x]", false },	 { "http://a b", false },
	{ "http://a<b", false },	 { "http://256.256.256.256", false },
	{ "http://%00", false },	 { "http://a%2fb", false },
	{ "http://%zz", false },	 { "foo://a b", false },
	{ "1http://h", false },		 { "ht tp://h", false },
};

START_TEST(a_url_is_what_a_url_parser_takes)
{
	_cleanup_free_ char *text =
		xasprintf(NETWORK(",\"parentProxy\":{\"http\":\"%s\"}"), urls[_i].url);
	_cleanup_settings_ struct settings *settings = NULL;
	struct err e = { 0 };
	int result = settings_parse(&settings, text, strlen(text), &e);

	ck_assert_msg((result == 0) == urls[_i].valid, "'%s'", urls[_i].url);
	if (result < 0)
		ck_assert_str_eq(e.message, INVALID "network.parentProxy.http: Invalid url");
}
END_TEST

static const struct {
	const char *text, *field;
} unsupported[] = {
	{ NETWORK(",\"tlsTerminate\":{}"), "network.tlsTerminate" },
	{ NETWORK(",\"mitmProxy\":{\"socketPath\":\"/x\",\"domains\":[\"a.com\"]}"),
	  "network.mitmProxy" },
	{ NETWORK(",\"parentProxy\":{}"), "network.parentProxy" },
	{ NETWORK(",\"httpProxyPort\":1"), "network.httpProxyPort" },
	{ NETWORK(",\"socksProxyPort\":1"), "network.socksProxyPort" },
	{ NETWORK(",\"refuseOpaqueTunnels\":true"), "network.refuseOpaqueTunnels" },
	{ NETWORK(",\"requireHostMatch\":true"), "network.requireHostMatch" },
	{ NETWORK(",\"stripResponseHeaders\":[\"x\"]"), "network.stripResponseHeaders" },
	{ MASK(""), "credentials.envVars with mode mask" },
	{ CREDENTIALS(
		  "",
		  "\"allowPlaintextInject\":true,\"files\":[{\"path\":\"/a\",\"mode\":\"mask\"}]"),
	  "credentials.files with mode mask" },
	{ CREDENTIALS("", "\"sigv4\":{}"), "credentials.sigv4" },
	{ TOP(",\"enableWeakerNestedSandbox\":true"), "enableWeakerNestedSandbox" },
	{ TOP(",\"allowNestedUserNamespaces\":true"), "allowNestedUserNamespaces" },
	{ TOP(",\"allowNestedUserNamespaces\":false"), NULL },
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
		xasprintf("%s " INVALID "network: Required; filesystem: Required", path);
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
	tcase_add_loop_test(parsing, a_rule_of_the_schema_names_the_place_and_the_fault, 0,
			    COUNT(schema));
	tcase_add_loop_test(parsing, text_that_readers_may_take_differently_is_refused, 0,
			    COUNT(syntax));
	tcase_add_test(parsing, nesting_is_taken_up_to_64_levels);
	tcase_add_test(parsing, the_text_need_not_end_in_nul);
	tcase_add_test(parsing, an_object_with_very_many_keys_is_read_in_good_time);
	tcase_add_test(parsing, a_flood_of_faults_stays_a_message);
	tcase_add_test(parsing, every_field_arrives);
	tcase_add_test(parsing, the_defaults_are_empty);
	tcase_add_loop_test(parsing, address_ranges_are_literals_with_a_fitting_prefix, 0,
			    COUNT(ranges));
	tcase_add_loop_test(parsing, a_url_is_what_a_url_parser_takes, 0, COUNT(urls));
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
