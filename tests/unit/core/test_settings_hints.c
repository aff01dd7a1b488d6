/* SPDX-License-Identifier: MIT */
#include "core/policy/settings_hints.h"

#include <string.h>

#include "core/base/mem.h"
#include "tests/lib/unit.h"
#include "tests/unit/core/settings_texts.h"

static const struct {
	const char *unknown, *meant;
} keys[] = {
	{ "network.alowedDomains", "network.allowedDomains" },
	{ "network.allowedDomain", "network.allowedDomains" },
	{ "network.allowDomains", "network.allowedDomains" },
	{ "filesystem.denyread", "filesystem.denyRead" },
	{ "filesystem.denyWirte", "filesystem.denyWrite" },
	{ "filesystem.writable", NULL },
	{ "filesystems", "filesystem" },
	{ "networks", "network" },
	{ "allowedDomains", "network.allowedDomains" },
	{ "denyRead", "filesystem.denyRead" },
	{ "network.denyRead", "filesystem.denyRead" },
	{ "network.tlsTerminate.maxTunnel", "network.tlsTerminate.maxTunnels" },
	{ "credentials.files.12.injectHost", "credentials.files.12.injectHosts" },
	{ "credentials.envVars.0.path", NULL },
	{ "windows.srtWin.pth", "windows.srtWin.path" },
	{ "x", NULL },
	{ "", NULL },
	{ "a.b.c.d", NULL },
	{ "network.", NULL },
	{ "$schema", NULL },
	{ "a-key-that-is-much-longer-than-any-that-is-known-here", NULL },
};

START_TEST(a_misspelled_key_gets_the_field_it_was_meant_to_be)
{
	_cleanup_free_ char *meant = settings_nearest_field(keys[_i].unknown);

	ck_assert_pstr_eq(meant, keys[_i].meant);
}
END_TEST

static struct settings *parsed(const char *text)
{
	struct settings *settings = NULL;
	struct err e = { 0 };

	ck_assert_msg(settings_parse(&settings, text, strlen(text), &e) == 0, "%s", e.message);
	return settings;
}

#define RULES(network, read, allow_read, write, deny_write)                                        \
	"{\"network\":{" network "},\"filesystem\":{\"denyRead\":[" read "],\"allowRead\":["       \
	allow_read "],\"allowWrite\":[" write "],\"denyWrite\":[" deny_write "]}}"
#define FILES(read, allow_read, write, deny_write) RULES(LISTS, read, allow_read, write, deny_write)
#define HOSTS(allowed, denied)                                                                     \
	RULES("\"allowedDomains\":[" allowed "],\"deniedDomains\":[" denied "]", "", "", "", "")

/* The first line of all, NULL: none. */
static const struct {
	const char *text, *line;
} entries[] = {
	{ FILES("\"~/.ssh\",\"/a/*.env\"", "\"~/.ssh/known\"", "\".\"", "\"src/.env\""), NULL },
	{ FILES("\"/**/*.pem\"", "", "", ""),
	  "denyRead /**/*.pem: upstream passes over a pattern that begins at the root; here it "
	  "covers what it says" },
	{ TOP(",\"credentials\":{\"files\":[{\"path\":\"/*/key\",\"mode\":\"deny\"}]}"),
	  "credentials.files /*/key: upstream passes over a pattern that begins at the root; here "
	  "it covers what it says" },
	{ FILES("{\"path\":\"/x*\",\"literal\":true}", "", "", ""), NULL },
	{ FILES("", "\"/a\"", "", ""), "allowRead /a: has no effect: nothing above it is denied" },
	{ FILES("\"/a/**\"", "\"/a/b\"", "", ""), NULL },
	{ FILES("\"/x/*\"", "\"/a\"", "", ""), NULL },
	{ FILES("\"~\"", "\"~/p\"", "\"~/p/sub\"", ""),
	  "allowRead ~/p: upstream makes allowWrite ~/p/sub below it read-only" },
	{ FILES("\"~\"", "\"~/p\"", "\"~/p\",\"~/px\"", ""), NULL },
	{ FILES("\"~/q*\"", "\"~/p\"", "\"~/p/sub\"", ""), NULL },
	{ FILES("", "", "\"~/w\"", "\"/usr\""),
	  "denyWrite /usr: has no effect: nothing there may be written anyway" },
	{ FILES("", "", "\"/usr/x\"", "\"/usr\""), NULL },
	{ FILES("", "", "\"*\"", "\"/usr\""),
	  "denyWrite /usr: has no effect: nothing there may be written anyway" },
	{ FILES("", "", "", "\"*.env\""),
	  "denyWrite *.env: upstream passes over patterns of this list on Linux; here it covers "
	  "what there is when a command starts" },
	{ FILES("", "", "\"/a\"", "\"/a/**\""), NULL },
	{ HOSTS("\"a.com:443\",\"*.b.com\",\"[::1]:80\",\"1.2.3.4\",\"A.com\"", "\"*:22\""), NULL },
	{ HOSTS("\"127.1\"", ""),
	  "allowedDomains 127.1: never matches: hosts of this name are judged as 127.0.0.1" },
	{ HOSTS("", "\"\xc3\xa9.com:80\""),
	  "deniedDomains \xc3\xa9.com:80: never matches: hosts of this name are judged as "
	  "xn--9ca.com" },
	{ HOSTS("\"a b.com\"", ""),
	  "allowedDomains a b.com: never matches: no host is spelled so" },
	{ HOSTS("\"*.0.0.0.1\"", ""),
	  "allowedDomains *.0.0.0.1: never matches: a wildcard does not cover addresses" },
	{ HOSTS("\"x.b.com:443\"", "\"*.b.com\""),
	  "allowedDomains x.b.com:443: has no effect: deniedDomains *.b.com covers it" },
	{ HOSTS("\"*.b.com\"", "\"*\""),
	  "allowedDomains *.b.com: has no effect: deniedDomains * covers it" },
	{ HOSTS("\"x.b.com\"", "\"*.b.com:80\""), NULL },
	{ RULES(LISTS ",\"deniedDomainReasons\":{\"a.com\":\"x\"}", "", "", "", ""),
	  "deniedDomainReasons a.com: has no effect: deniedDomains has no entry of just this text" },
};

START_TEST(an_entry_in_vain_is_told)
{
	_cleanup_settings_ struct settings *settings = parsed(entries[_i].text);
	_cleanup_strings_ struct strings lines = STRINGS_EMPTY;

	settings_hint_entries(settings, "/home/u", "/work", &lines);
	ck_assert_pstr_eq(lines.count ? lines.items[0] : NULL, entries[_i].line);
}
END_TEST

START_TEST(each_unknown_key_has_a_line)
{
	_cleanup_settings_ struct settings *settings =
		parsed(TOP(",\"$schema\":1,\"filesytem\":{},\"windows\":{\"srtWim\":1}"));
	_cleanup_strings_ struct strings lines = STRINGS_EMPTY;

	settings_hint_unknown_keys(settings, &lines);
	ck_assert_uint_eq(lines.count, 3);
	ck_assert_str_eq(lines.items[0], "unknown key \"windows.srtWim\" is ignored; did you mean "
					 "\"windows.srtWin\"?");
	ck_assert_str_eq(lines.items[1], "unknown key \"$schema\" is ignored");
	ck_assert_str_eq(lines.items[2], "unknown key \"filesytem\" is ignored; did you mean "
					 "\"filesystem\"?");
}
END_TEST

/* The table of fields and the readers of the schema agree: one letter off leads back. */
START_TEST(every_field_can_be_meant)
{
	static const char *const fields[] = {
		"network.deniedDomains", "network.deniedDomainReasons", "network.strictAllowlist",
		"network.deniedResolvedAddresses", "network.allowUnixSockets",
		"network.allowAllUnixSockets", "network.allowLocalBinding",
		"network.allowMachLookup", "network.httpProxyPort", "network.socksProxyPort",
		"network.mitmProxy", "network.mitmProxy.socketPath", "network.mitmProxy.domains",
		"network.allowPlaintextHeaderSet", "network.stripResponseHeaders",
		"network.refuseOpaqueTunnels", "network.requireHostMatch",
		"network.ambiguousRequestTarget", "network.tlsTerminate",
		"network.tlsTerminate.caCertPath", "network.tlsTerminate.caKeyPath",
		"network.tlsTerminate.excludeDomains", "network.tlsTerminate.extraCaCertPaths",
		"network.tlsTerminate.handshakeTimeoutMs", "network.parentProxy",
		"network.parentProxy.noProxy", "filesystem.disabled", "filesystem.allowRead",
		"filesystem.allowWrite", "filesystem.allowGitConfig", "credentials",
		"credentials.files.0.extract", "credentials.files.0.onExtractNoMatch",
		"credentials.files.0.decode", "credentials.files.0.maskClaims",
		"credentials.files.0.maskDuplicates", "credentials.envVars.0.extract",
		"credentials.envVars.0.injectHosts", "ignoreViolations",
		"enableWeakerNestedSandbox", "allowNestedUserNamespaces",
		"enableWeakerNetworkIsolation", "allowAppleEvents", "ripgrep", "ripgrep.command",
		"mandatoryDenySearchDepth", "allowPty", "seccomp", "seccomp.applyPath", "bwrapPath",
		"socatPath", "javaAgentJarPath", "windows", "windows.backend",
		"windows.sandboxUser", "windows.proxyPortRange", "git.safeDirectories",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
		_cleanup_free_ char *typo = xasprintf("%sx", fields[i]);
		_cleanup_free_ char *meant = settings_nearest_field(typo);

		ck_assert_pstr_eq(meant, fields[i]);
	}
}
END_TEST

static Suite *settings_hints_suite(void)
{
	Suite *suite = suite_create("settings hints");
	TCase *hints = tcase_create("hints");

	tcase_add_loop_test(hints, a_misspelled_key_gets_the_field_it_was_meant_to_be, 0,
			    COUNT(keys));
	tcase_add_loop_test(hints, an_entry_in_vain_is_told, 0, COUNT(entries));
	tcase_add_test(hints, each_unknown_key_has_a_line);
	tcase_add_test(hints, every_field_can_be_meant);
	suite_add_tcase(suite, hints);
	return suite;
}

RUN_SUITE(settings_hints_suite)
