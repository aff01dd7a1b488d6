/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/policy/domain.h"
#include "core/policy/settings_check.h"
#include "core/policy/url.h"

#define PORT_MOST 65535
#define TUNNELS_MOST 65536
#define HANDSHAKE_LEAST_MS 100
#define HANDSHAKE_MOST_MS 600000
#define MAPPED_PREFIX 96
#define RANGE_MESSAGE                                                                              \
	"Invalid IP address or CIDR range. Expected an address without brackets, and perhaps / "   \
	"and the length of its prefix"

/* An address with an optional prefix length. */
struct range {
	bool ipv6;
	unsigned char address[sizeof(struct in6_addr)];
	int prefix; /* -1: none is given */
};

/* ^\d{1,3}$ up to `most`, or -1. */
static int parse_prefix(const char *text, int most)
{
	size_t length = strspn(text, "0123456789");
	int prefix = 0;

	if (length == 0 || length > 3 || text[length])
		return -1;
	for (size_t i = 0; i < length; i++)
		prefix = prefix * 10 + (text[i] - '0');
	return prefix <= most ? prefix : -1;
}

/* IPv4 that is written as IPv6 becomes IPv4: addresses are judged in that form. */
static bool unmap(struct range *range)
{
	struct in6_addr address;

	memcpy(&address, range->address, sizeof(address));
	if (!range->ipv6 || !IN6_IS_ADDR_V4MAPPED(&address))
		return true;
	if (range->prefix >= 0 && range->prefix < MAPPED_PREFIX)
		return false;
	range->ipv6 = false;
	memmove(range->address, range->address + 12, 4);
	if (range->prefix >= 0)
		range->prefix -= MAPPED_PREFIX;
	return true;
}

/* A zone is left out: addresses are judged without theirs. */
static bool parse_range(const char *text, struct range *range)
{
	size_t whole = strcspn(text, "/"), length = strcspn(text, "%/");
	char address[INET6_ADDRSTRLEN];

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	range->prefix = -1;
	range->ipv6 = strchr(address, ':') != NULL;
	if (inet_pton(range->ipv6 ? AF_INET6 : AF_INET, address, range->address) != 1)
		return false;
	if (text[whole] == '/') {
		range->prefix = parse_prefix(text + whole + 1, range->ipv6 ? 128 : 32);
		if (range->prefix < 0)
			return false;
	}
	return unmap(range);
}

static const char *range_error(const char *text)
{
	struct range range;

	return parse_range(text, &range) ? NULL : RANGE_MESSAGE;
}

static void read_denied_addresses(struct checker *c, const struct place *at, const cJSON *network)
{
	_cleanup_strings_ struct strings written = STRINGS_EMPTY;
	struct strings *out = &c->settings->denied_resolved_addresses;

	read_strings(c, at, network, "deniedResolvedAddresses", OPTIONAL, range_error, &written);
	for (size_t i = 0; i < written.count; i++) {
		char text[INET6_ADDRSTRLEN];
		struct range range;

		if (!parse_range(written.items[i], &range))
			continue;
		inet_ntop(range.ipv6 ? AF_INET6 : AF_INET, range.address, text, sizeof(text));
		if (range.prefix < 0)
			strings_add(out, text);
		else
			strings_addf(out, "%s/%d", text, range.prefix);
	}
}

static const char *mach_name_error(const char *text)
{
	const char *star = strchr(text, '*');

	return star && star[1] ? "Wildcards are only allowed as one * at the very end" : NULL;
}

static void read_reasons(struct checker *c, const struct place *at, const cJSON *network)
{
	const cJSON *reasons = read_object(c, at, network, "deniedDomainReasons", OPTIONAL);
	_cleanup_free_ const cJSON **members = check_members(reasons);
	struct place here = { .up = at, .key = "deniedDomainReasons" };
	struct settings *settings = c->settings;
	size_t capacity = 0;

	for (const cJSON **reason = members; *reason; reason++) {
		struct place there = { .up = &here, .key = (*reason)->string };
		const char *text = check_string(c, &there, *reason, non_empty_error);

		if (!text)
			continue;
		grow_array(settings->denied_reasons, settings->denied_reason_count, capacity);
		settings->denied_reasons[settings->denied_reason_count++] =
			(struct settings_reason){ xstrdup((*reason)->string), xstrdup(text) };
	}
}

static void read_mitm_proxy(struct checker *c, const struct place *at, const cJSON *network)
{
	static const char *const known[] = { "socketPath", "domains", NULL };
	const cJSON *mitm = read_object(c, at, network, "mitmProxy", OPTIONAL);
	struct place here = { .up = at, .key = "mitmProxy" };
	struct place domains = { .up = &here, .key = "domains" };

	if (!mitm)
		return;
	read_string(c, &here, mitm, "socketPath", REQUIRED, non_empty_error,
		    &c->settings->mitm_socket_path);
	read_strings(c, &here, mitm, "domains", REQUIRED, domain_host_pattern_error,
		     &c->settings->mitm_domains);
	if (cJSON_IsArray(check_member(mitm, "domains")) && !check_member(mitm, "domains")->child)
		check_issue(c, &domains, "Array must contain at least 1 element(s)");
	check_keys(c, &here, mitm, known, false);
}

static bool has_text(const cJSON *object, const char *key)
{
	const cJSON *member = check_member(object, key);

	return cJSON_IsString(member) && member->valuestring[0];
}

static void read_tls_terminate(struct checker *c, const struct place *at, const cJSON *network)
{
	static const char *const known[] = { "caCertPath",
					     "caKeyPath",
					     "excludeDomains",
					     "extraCaCertPaths",
					     "maxTunnels",
					     "handshakeTimeoutMs",
					     NULL };
	const cJSON *tls = read_object(c, at, network, "tlsTerminate", OPTIONAL);
	struct place here = { .up = at, .key = "tlsTerminate" };
	size_t spoiled = c->spoiled;

	if (!tls)
		return;
	c->settings->has_tls_terminate = true;
	read_string(c, &here, tls, "caCertPath", OPTIONAL, non_empty_error, NULL);
	read_string(c, &here, tls, "caKeyPath", OPTIONAL, non_empty_error, NULL);
	read_strings(c, &here, tls, "excludeDomains", OPTIONAL, domain_host_pattern_error,
		     &c->exclude_domains);
	read_strings(c, &here, tls, "extraCaCertPaths", OPTIONAL, non_empty_error, NULL);
	read_integer(c, &here, tls, "maxTunnels", 1, TUNNELS_MOST, NULL);
	read_integer(c, &here, tls, "handshakeTimeoutMs", HANDSHAKE_LEAST_MS, HANDSHAKE_MOST_MS,
		     NULL);
	if (c->spoiled == spoiled && has_text(tls, "caCertPath") != has_text(tls, "caKeyPath"))
		check_issue(c, &here, "caCertPath and caKeyPath must be provided together");
	check_keys(c, &here, tls, known, false);
}

static void read_parent_proxy(struct checker *c, const struct place *at, const cJSON *network)
{
	static const char *const known[] = { "http", "https", "noProxy", NULL };
	const cJSON *parent = read_object(c, at, network, "parentProxy", OPTIONAL);
	struct place here = { .up = at, .key = "parentProxy" };
	struct settings *settings = c->settings;

	if (!parent)
		return;
	read_string(c, &here, parent, "http", OPTIONAL, url_error, &settings->parent_http);
	read_string(c, &here, parent, "https", OPTIONAL, url_error, &settings->parent_https);
	read_string(c, &here, parent, "noProxy", OPTIONAL, NULL, &settings->parent_no_proxy);
	check_keys(c, &here, parent, known, false);
}

/* What bears on requests that a proxy can look into. */
static void read_request_fields(struct checker *c, const struct place *at, const cJSON *network)
{
	static const char *const targets[] = { "refuse", "asSpelled", "normalize", NULL };
	struct place filter = { .up = at, .key = "filterRequest" };
	struct settings *settings = c->settings;

	if (check_member(network, "filterRequest"))
		check_spoiled(c, &filter, "filterRequest must be a function");
	read_bool(c, at, network, "allowPlaintextHeaderSet", &settings->allow_plaintext_header_set);
	read_strings(c, at, network, "stripResponseHeaders", OPTIONAL, non_empty_error,
		     &settings->strip_response_headers);
	read_bool(c, at, network, "refuseOpaqueTunnels", &settings->refuse_opaque_tunnels);
	read_bool(c, at, network, "requireHostMatch", &settings->require_host_match);
	read_choice(c, at, network, "ambiguousRequestTarget", OPTIONAL, targets, NULL);
}

void settings_read_network(struct checker *c, const cJSON *top)
{
	static const char *const known[] = {
		"allowedDomains", "deniedDomains", "deniedDomainReasons", "strictAllowlist",
		"deniedResolvedAddresses", "allowUnixSockets", "allowAllUnixSockets",
		"allowLocalBinding", "allowMachLookup", "httpProxyPort", "socksProxyPort",
		"mitmProxy", "filterRequest", "allowPlaintextHeaderSet", "refuseOpaqueTunnels",
		"requireHostMatch", "stripResponseHeaders", "ambiguousRequestTarget",
		"tlsTerminate", "parentProxy", NULL
	};
	/* Other systems', or only of use to a caller of upstream's library. */
	static const char *const elsewhere[] = { "allowLocalBinding",
						 "allowMachLookup", "strictAllowlist",
						 "allowPlaintextHeaderSet",
						 "ambiguousRequestTarget", NULL };
	const cJSON *network = read_object(c, NULL, top, "network", REQUIRED);
	struct place here = { .key = "network" };
	struct settings *settings = c->settings;
	bool ignored;

	if (!network)
		return;
	read_strings(c, &here, network, "allowedDomains", REQUIRED, domain_allow_entry_error,
		     &settings->allowed_domains);
	read_strings(c, &here, network, "deniedDomains", REQUIRED, domain_deny_entry_error,
		     &settings->denied_domains);
	read_reasons(c, &here, network);
	read_bool(c, &here, network, "strictAllowlist", &settings->strict_allowlist);
	read_denied_addresses(c, &here, network);
	read_strings(c, &here, network, "allowUnixSockets", OPTIONAL, NULL,
		     &settings->allow_unix_sockets);
	read_bool(c, &here, network, "allowAllUnixSockets", &settings->allow_all_unix_sockets);
	read_bool(c, &here, network, "allowLocalBinding", &ignored);
	read_strings(c, &here, network, "allowMachLookup", OPTIONAL, mach_name_error, NULL);
	read_integer(c, &here, network, "httpProxyPort", 1, PORT_MOST, &settings->http_proxy_port);
	read_integer(c, &here, network, "socksProxyPort", 1, PORT_MOST,
		     &settings->socks_proxy_port);
	read_mitm_proxy(c, &here, network);
	read_request_fields(c, &here, network);
	read_tls_terminate(c, &here, network);
	read_parent_proxy(c, &here, network);
	check_keys(c, &here, network, known, false);
	for (size_t i = 0; elsewhere[i]; i++)
		note_ignored(c, &here, network, elsewhere[i]);
}
