/* SPDX-License-Identifier: MIT */
/* The schema: what each field takes, and the message for what it does not. */
#include "core/policy/settings.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tests/unit/core/settings_texts.h"

#define DOMAIN "Invalid domain pattern. "
#define COLON                                                                                      \
	DOMAIN "Expected a host without what follows the colon: a port is a number from 1 to "     \
	       "65535 at the end of a list entry"
#define DEAD(path, better)                                                                         \
	"Deny glob \"" path "\" ends in a separator: no path matches it. Write \"" better            \
	"\" instead"
#define VARIABLE                                                                                   \
	"Environment variable name must start with a letter or _ and hold nothing but letters, "   \
	"digits and _"
#define BROKEN "extract is not a valid regular expression: Invalid regular expression: "
#define UNREACHABLE(host)                                                                          \
	"injectHosts entry \"" host "\" is not reachable via network.allowedDomains: no entry "    \
	"there covers it"
#define EXCLUDED(host)                                                                             \
	"injectHosts entry \"" host "\" is entirely covered by "                                   \
	"network.tlsTerminate.excludeDomains: the credential would never be put in there"
#define MASKING                                                                                    \
	"Credential masking requires network.tlsTerminate or, to send credentials in the clear, "  \
	"credentials.allowPlaintextInject"
#define NO_MASK(name)                                                                              \
	"\"" name "\" does not reference a credentials.envVars entry with mode \"mask\""
#define RANGE "low must be \xe2\x89\xa4 high and range width \xe2\x89\xa4 64"
#define SHORT "String must contain at least 1 character(s)"

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
	{ ALLOWED("[\"\"]"), "network.allowedDomains.0: " DOMAIN "A domain cannot be empty" },
	{ ALLOWED("[\"*\"]"), "network.allowedDomains.0: " DOMAIN "A wildcard may only be the "
			      "whole first part, as in *.example.com" },
	{ ALLOWED("[\"a.com:0\"]"),
	  "network.allowedDomains.0: " COLON },
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
	  "network.allowMachLookup.0: Wildcards are only allowed as one * at the very end" },
	{ NETWORK(",\"allowMachLookup\":[\"**\"]"),
	  "network.allowMachLookup.0: Wildcards are only allowed as one * at the very end" },
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
	  "network.mitmProxy.domains.0: " COLON },
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
	  "network.tlsTerminate.excludeDomains.0: " DOMAIN "Expected a full domain name, localhost "
	  "or an IP address; network.tlsTerminate.extraCaCertPaths.0: String must contain at least 1 "
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
	{ DENY_READ("[\"/data/*/\"]"), "filesystem.denyRead.0: " DEAD("/data/*/", "/data/*") },
	{ DENY_READ("[\"~/[ab]/\"]"), "filesystem.denyRead.0: " DEAD("~/[ab]/", "~/[ab]") },
	{ "{\"network\":{" LISTS "},\"filesystem\":{\"denyRead\":[],\"allowWrite\":[\"/data/*/\"],"
	  "\"denyWrite\":[\"/d?/\"]}}",
	  "filesystem.denyWrite.0: " DEAD("/d?/", "/d?") },
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
	  "credentials.files.0.path: Path cannot be empty; "
	  "credentials.files.0.mode: Invalid enum value. Expected 'deny' | 'mask', received 'x'; "
	  "credentials.files.1: Expected object, received number" },
	{ TOP(",\"credentials\":{\"envVars\":[{\"name\":\"1A\"}]}"),
	  "credentials.envVars.0.name: " VARIABLE "; credentials.envVars.0.mode: Required" },
	{ TOP(",\"credentials\":{\"envVars\":[{\"name\":\"A-B\",\"mode\":\"deny\"}]}"),
	  "credentials.envVars.0.name: " VARIABLE },
	{ TOP(",\"credentials\":{\"envVars\":[{\"name\":\"_a1\",\"mode\":\"deny\"}]}"), NULL },
	{ FILE_CREDENTIAL(",\"extract\":\"a(?:b)\""),
	  "credentials.files.0.extract: extract must contain at least one capturing group: "
	  "what the first one matches is masked" },
	{ FILE_CREDENTIAL(",\"extract\":\"\\\\(a[(]\""),
	  "credentials.files.0.extract: extract must contain at least one capturing group: "
	  "what the first one matches is masked" },
	{ FILE_CREDENTIAL(",\"extract\":\"(a\""),
	  "credentials.files.0.extract: " BROKEN "/(a/: Unterminated group" },
	{ FILE_CREDENTIAL(",\"extract\":\"(a))\""),
	  "credentials.files.0.extract: " BROKEN "/(a))/: Unmatched ')'" },
	{ FILE_CREDENTIAL(",\"extract\":\"(a)[\""),
	  "credentials.files.0.extract: " BROKEN "/(a)[/: Unterminated character class" },
	{ FILE_CREDENTIAL(",\"extract\":\"(a)\\\\\""),
	  "credentials.files.0.extract: " BROKEN "/(a)\\/: \\ at end of pattern" },
	{ FILE_CREDENTIAL(",\"extract\":\"(?<n>a)\",\"onExtractNoMatch\":\"error\""), NULL },
	{ FILE_CREDENTIAL(",\"extract\":\"(?<=n)a\""),
	  "credentials.files.0.extract: extract must contain at least one capturing group: "
	  "what the first one matches is masked" },
	{ MASK(",\"extract\":\"(?<=a|bc)(x)\""), NULL },
	{ MASK(",\"extract\":\"(?<=a+)(x)\""),
	  "credentials.envVars.0.extract: extract is not supported: lookbehind assertion is not "
	  "fixed length" },
	{ FILE_CREDENTIAL(",\"extract\":\"(?<=a+)(x)\""), NULL },
	{ FILE_CREDENTIAL(",\"onExtractNoMatch\":\"no\""),
	  "credentials.files.0.onExtractNoMatch: Invalid enum value. Expected 'warn' | 'deny' | "
	  "'error', received 'no'" },
	{ FILE_CREDENTIAL(",\"decode\":\"x\""),
	  "credentials.files.0.decode: Invalid enum value. Expected 'jwt', received 'x'" },
	{ FILE_CREDENTIAL(",\"maskClaims\":[\"a\"]"),
	  "credentials.files.0.maskClaims: maskClaims requires decode: only what is decoded has "
	  "claims" },
	{ FILE_CREDENTIAL(",\"decode\":\"jwt\",\"maskClaims\":[]"),
	  "credentials.files.0.maskClaims: maskClaims is explicitly empty: name claims, or leave it "
	  "out to mask the whole token" },
	{ FILE_CREDENTIAL(",\"decode\":\"jwt\",\"maskClaims\":[\"sub\"],\"maskDuplicates\":true"),
	  NULL },
	{ FILE_CREDENTIAL(",\"injectHosts\":[\"a.com\",\"x.b.com\",\"*.b.com\"]"), NULL },
	{ FILE_CREDENTIAL(",\"injectHosts\":[\"a.com\",\"c.com\"]"),
	  "credentials.files.0.injectHosts.1: " UNREACHABLE("c.com") },
	{ FILE_CREDENTIAL(",\"injectHosts\":[\"a.com:443\"]"),
	  "credentials.files.0.injectHosts.0: " COLON
	  "; credentials.files.0.injectHosts.0: " UNREACHABLE("a.com:443") },
	{ CREDENTIALS("", "\"files\":[{\"path\":\"/x*/\",\"mode\":\"deny\"}]"),
	  "credentials.files.0.path: " DEAD("/x*/", "/x*") },
	{ MASK(""), NULL },
	{ MASK(",\"injectHosts\":[]"), "credentials.envVars.0: injectHosts is explicitly empty: the "
				       "credential would be masked and never put back" },
	{ CREDENTIALS("", "\"envVars\":[{\"name\":\"V\",\"mode\":\"mask\"}]"),
	  "credentials: " MASKING },
	{ CREDENTIALS(",\"tlsTerminate\":{}", "\"files\":[{\"path\":\"/x/\",\"mode\":\"mask\"}]"),
	  "credentials.files.0.path: Credential mode \"mask\" applies to a single file: name one, "
	  "or use mode \"deny\" for \"/x/\"" },
	{ CREDENTIALS(
		  ",\"tlsTerminate\":{\"excludeDomains\":[\"*.b.com\"]}",
		  "\"envVars\":[{\"name\":\"V\",\"mode\":\"mask\",\"injectHosts\":[\"x.b.com\"]}]"),
	  "credentials.envVars.0.injectHosts.0: " EXCLUDED("x.b.com") },
	{ CREDENTIALS(",\"tlsTerminate\":{\"excludeDomains\":[\"*.b.com\"]}",
		      "\"envVars\":[{\"name\":\"V\",\"mode\":\"mask\",\"injectHosts\":[\"x.b.com\","
		      "\"a.com\"]}]"),
	  "credentials.envVars.0.injectHosts.0: " EXCLUDED("x.b.com") },
	{ CREDENTIALS(",\"tlsTerminate\":{}",
		      "\"envVars\":[{\"name\":\"A\",\"mode\":\"mask\"},{\"name\":\"B\",\"mode\":"
		      "\"mask\"}],\"awsPairs\":[{\"accessKeyIdVar\":\"A\",\"secretAccessKeyVar\":"
		      "\"B\"}],\"sigv4\":{\"streaming\":\"deny\"}"),
	  NULL },
	{ CREDENTIALS(",\"tlsTerminate\":{}",
		      "\"envVars\":[{\"name\":\"A\",\"mode\":\"mask\"},{\"name\":\"B\",\"mode\":"
		      "\"deny\"}],\"awsPairs\":[{\"accessKeyIdVar\":\"A\",\"secretAccessKeyVar\":"
		      "\"B\",\"sessionTokenVar\":\"A\"}]"),
	  "credentials.awsPairs.0.secretAccessKeyVar: " NO_MASK("B")
	  "; credentials.awsPairs.0.sessionTokenVar: \"A\" appears in more than one awsPairs slot" },
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
	  "bwrapPath: Binary path must be absolute; socatPath: Path cannot be empty; socatPath: Binary "
	  "path must be absolute; "
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
	  "windows.proxyPortRange: " RANGE },
	{ TOP(",\"windows\":{\"proxyPortRange\":[0,\"1\"]}"),
	  "windows.proxyPortRange.0: Number must be greater than or equal to 1; "
	  "windows.proxyPortRange.1: Expected number, received string" },
	{ TOP(",\"windows\":{\"sandboxUser\":\"123456789012345678901\"}"),
	  "windows.sandboxUser: Windows local user names have at most 20 characters" },
	/* faults of a rule go on to the checks that join fields, wrong types do not */
	{ CREDENTIALS("", "\"envVars\":[{\"name\":\"1\",\"mode\":\"mask\"}]"),
	  "credentials.envVars.0.name: " VARIABLE "; credentials: " MASKING },
	{ CREDENTIALS(",\"strictAllowlist\":1", "\"envVars\":[{\"name\":\"A\",\"mode\":\"mask\"}]"),
	  "network.strictAllowlist: Expected boolean, received number" },
	{ CREDENTIALS(",\"filterRequest\":1", "\"envVars\":[{\"name\":\"A\",\"mode\":\"mask\"}]"),
	  "network.filterRequest: filterRequest must be a function" },
	{ CREDENTIALS("", "\"zz\":1,\"10\":1,\"9\":1,\"01\":1,\"envVars\":[{\"name\":\"A\",\"mode\":"
			  "\"mask\"}]"),
	  "credentials: Unrecognized key(s) in object: '9', '10', 'zz', '01'; credentials: " MASKING },
	/* variables before files, whatever the order in the file */
	{ CREDENTIALS("", "\"files\":[{\"path\":\"/x*/\",\"mode\":\"deny\"}],\"envVars\":[{\"name\":"
			  "\"A\",\"mode\":\"deny\",\"injectHosts\":[\"c.com\"]}]"),
	  "credentials.envVars.0.injectHosts.0: " UNREACHABLE("c.com")
	  "; credentials.files.0.path: " DEAD("/x*/", "/x*") },
	{ CREDENTIALS(",\"tlsTerminate\":{\"excludeDomains\":[\"a.com\",\"*.b.com\"]}",
		      "\"envVars\":[{\"name\":\"A\",\"mode\":\"mask\"}]"),
	  "credentials.envVars.0: This masked credential has no injectHosts, and "
	  "network.tlsTerminate.excludeDomains covers all that network.allowedDomains allows: it "
	  "would never be put in" },
	{ CREDENTIALS(",\"tlsTerminate\":{}",
		      "\"envVars\":[{\"name\":\"A\",\"mode\":\"mask\",\"decode\":\"jwt\"},{\"name\":"
		      "\"A\",\"mode\":\"mask\"}],\"awsPairs\":[{\"accessKeyIdVar\":\"A\","
		      "\"secretAccessKeyVar\":\"B\"}]"),
	  "credentials.awsPairs.0.accessKeyIdVar: \"A\" uses extract/decode: a variable of an AWS "
	  "pair must be masked as a whole; credentials.awsPairs.0.secretAccessKeyVar: " NO_MASK("B") },
	{ NETWORK(",\"tlsTerminate\":{\"caCertPath\":\"\"}"),
	  "network.tlsTerminate.caCertPath: String must contain at least 1 character(s)" },
	{ NETWORK(",\"tlsTerminate\":{\"caCertPath\":\"/x\",\"maxTunnels\":\"x\"}"),
	  "network.tlsTerminate.maxTunnels: Expected number, received string" },
	{ NETWORK(",\"deniedDomainReasons\":{\"b\":\"\",\"10\":\"\",\"9\":\"\",\"a\\\\b\":\"\"}"),
	  "network.deniedDomainReasons.9: " SHORT "; network.deniedDomainReasons.10: " SHORT
	  "; network.deniedDomainReasons.b: " SHORT "; network.deniedDomainReasons.a\\b: " SHORT },
	{ TOP(",\"windows\":{\"proxyPortRange\":[5,1,2]}"),
	  "windows.proxyPortRange: Array must contain at most 2 element(s); "
	  "windows.proxyPortRange: " RANGE },
	{ TOP(",\"windows\":{\"proxyPortRange\":[70000,-5]}"), "windows.proxyPortRange: " RANGE },
	{ TOP(",\"windows\":{\"srtWin\":{}},\"git\":[]"),
	  "windows.srtWin.path: Required; git: Expected object, received array" },
	{ TOP(",\"windows\":{\"sandboxUser\":\"\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
	      "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"
	      "\xf0\x9f\x98\x80\xf0\x9f\x98\x80x\"}"),
	  "windows.sandboxUser: Windows local user names have at most 20 characters" },
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
	const char *range;
	bool valid;
} ranges[] = {
	{ "10.0.0.0/8", true },	      { "fc00::/7", true },    { "1.2.3.4", true },
	{ "::ffff:10.0.0.0/104", true }, { "::ffff:1.2.3.4", true }, { "::1", true },
	{ "0.0.0.0/0", true },	      { "::/0", true },	       { "::/128", true },
	{ "::/129", false },	      { "10.0.0.0/33", false }, { "[::1]", false },
	{ "a.com", false },	      { "10.0.0", false },     { "::ffff:1.2.3.4/90", false },
	{ "::ffff:1.2.3.4/129", false }, { "1.2.3.4/", false },   { "1.2.3.4/+8", false },
	{ "1.2.3.4/0008", false },    { "1.2.3.4/8/8", false }, { "fe80::1%eth0", true },
	{ "fe80::1%/64", true },	      { "1.2.3.4%x", true },   { "%", false },
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
				 INVALID "network.deniedResolvedAddresses.0: Invalid IP address or "
					 "CIDR range. Expected an address without brackets, and "
					 "perhaps / and the length of its prefix");
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
	{ "http://a..b", true },	 { "http://.", true },
	{ "file://u@h/x", false },	 { "file://h:80/x", false },
	{ "file://c:/x", true },	 { "file://[::1]/x", true },
	{ "http://\xf0\x9f\x98\x80", true },
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

static Suite *settings_schema_suite(void)
{
	Suite *suite = suite_create("settings schema");
	TCase *schema_case = tcase_create("schema");

	tcase_add_loop_test(schema_case, a_rule_of_the_schema_names_the_place_and_the_fault, 0,
			    COUNT(schema));
	tcase_add_loop_test(schema_case, address_ranges_are_literals_with_a_fitting_prefix, 0,
			    COUNT(ranges));
	tcase_add_loop_test(schema_case, a_url_is_what_a_url_parser_takes, 0, COUNT(urls));
	suite_add_tcase(suite, schema_case);
	return suite;
}

RUN_SUITE(settings_schema_suite)
