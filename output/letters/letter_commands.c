#include "output/letters/letter_commands.h"

#include <stdio.h>
#include <string.h>

#include "io/base/address.h"
#include "io/base/hostname.h"

/*
 * The kinds of commands, as formats in which %D is the domain, %H the host, %A the address, %N the
 * address as nc takes it, %P the port, %B the address as posttls-finger takes it, and %S the
 * options by which s_client comes to TLS on this service. A line whose letters are not all known is
 * left out. SECLEVEL=0 lets OpenSSL offer what it otherwise does not.
 */
#define S_CLIENT "openssl s_client -connect %A:%P %S"

static const struct command_kind {
    const char *name;
    const char *lines[LETTER_COMMANDS_MAX];
} kinds[] = {
    {"offer", {S_CLIENT " </dev/null", "posttls-finger -l may %B:%P"}},
    {"certificate",
     {S_CLIENT " -servername %H -verify_hostname %H -showcerts </dev/null",
      "posttls-finger -c -l secure -F /etc/ssl/certs/ca-certificates.crt %B:%P %H"}},
    {"ssl3", {S_CLIENT " -ssl3 -cipher ALL:@SECLEVEL=0 </dev/null"}},
    {"tls1", {S_CLIENT " -tls1 -cipher ALL:@SECLEVEL=0 </dev/null"}},
    {"tls1_1", {S_CLIENT " -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null"}},
    {"tls1_2",
     {S_CLIENT " -tls1_2 </dev/null", S_CLIENT " -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null"}},
    {"tls1_3", {S_CLIENT " -tls1_3 </dev/null"}},
    {"null", {S_CLIENT " -tls1_2 -cipher NULL:@SECLEVEL=0 </dev/null"}},
    {"anonymous", {S_CLIENT " -tls1_2 -cipher aNULL:@SECLEVEL=0 </dev/null"}},
    {"export", {S_CLIENT " -tls1 -cipher EXPORT:@SECLEVEL=0 </dev/null"}},
    {"des", {S_CLIENT " -tls1 -cipher DES:@SECLEVEL=0 </dev/null"}},
    {"rc4", {S_CLIENT " -tls1_2 -cipher RC4:@SECLEVEL=0 </dev/null"}},
    {"3des", {S_CLIENT " -tls1_2 -cipher 3DES:@SECLEVEL=0 </dev/null"}},
    {"static_rsa", {S_CLIENT " -tls1_2 -cipher kRSA:@SECLEVEL=0 </dev/null"}},
    {"static_dh", {S_CLIENT " -tls1_2 -cipher kDHr:kDHd:@SECLEVEL=0 </dev/null"}},
    {"dh", {S_CLIENT " -tls1_2 -cipher kDHE:@SECLEVEL=0 </dev/null"}},
    {"modern", {S_CLIENT " -tls1_2 </dev/null"}},
    {"compression", {S_CLIENT " -tls1_2 -comp </dev/null"}},
    {"no_sni", {S_CLIENT " -servername %H </dev/null", S_CLIENT " -noservername </dev/null"}},
    /* Without pauses the server would be spoken to before it has answered. */
    {"clear",
     {"(sleep 3; printf 'EHLO test.invalid\\r\\n'; sleep 3; printf 'STARTTLS\\r\\n'; sleep 3) "
      "| nc -w 9 %N %P"}},
    {"plain_mail",
     {"(sleep 3; printf 'EHLO test.invalid\\r\\n'; sleep 3; printf 'MAIL FROM:<>\\r\\n'; sleep 3; "
      "printf 'QUIT\\r\\n') | nc -w 9 %N %P"}},
    {"inside",
     {"(sleep 3; printf 'EHLO test.invalid\\r\\n'; sleep 3; printf 'QUIT\\r\\n'; sleep 1) "
      "| " S_CLIENT " -quiet"}},
    {"ssl2", {"nmap -Pn -p %P --script sslv2 %H"}},
    {"large_hello",
     {S_CLIENT " -groups X25519MLKEM768:X25519 </dev/null", S_CLIENT " -groups X25519 </dev/null"}},
    {"timestamps",
     {S_CLIENT " -servername %H </dev/null | openssl x509 -noout -ext ct_precert_scts"}},
    {"post_quantum", {S_CLIENT " -groups X25519MLKEM768 </dev/null"}},
    {"staple", {S_CLIENT " -servername %H -status </dev/null"}},
    {"login", {"printf 'EHLO test.invalid\\r\\nQUIT\\r\\n' | nc -w 9 %N %P"}},
    {"dane", {"dig +dnssec -t TLSA -q _%P._tcp.%H", "posttls-finger -c -l dane-only %D"}},
    {"mx", {"dig +dnssec -t MX -q %D"}},
    {"mta_sts", {"dig -t TXT -q _mta-sts.%D", "curl https://mta-sts.%D/.well-known/mta-sts.txt"}},
    {"tls_rpt", {"dig -t TXT -q _smtp._tls.%D"}},
    {"enforcement", {"dig +dnssec -t MX -q %D", "dig -t TXT -q _mta-sts.%D"}},
};

/* Which kind of command shows which finding. A finding that is not here has no command. */
static const struct {
    const char *code, *kind;
} kinds_of_codes[] = {
    {"no_starttls", "offer"},
    {"starttls_refused", "offer"},
    {"starttls_stripped", "login"},
    {"starttls_inconsistent", "offer"},
    {"handshake_refused", "offer"},
    {"client_certificate_required", "offer"},
    {"client_certificate_requested", "offer"},
    {"no_common_suite", "offer"},
    {"starttls_on_some", "offer"},
    {"no_esmtp", "login"},
    {"tls13_intolerant", "tls1_3"},
    {"sni_intolerant", "no_sni"},
    {"ssl3", "ssl3"},
    {"tls10", "tls1"},
    {"tls11", "tls1_1"},
    {"no_tls12", "tls1_2"},
    {"no_tls13", "tls1_3"},
    {"null_suite", "null"},
    {"anonymous_suite", "anonymous"},
    {"only_anonymous_suites", "anonymous"},
    {"only_broken_suites", "modern"},
    {"export_suite", "export"},
    {"des_suite", "des"},
    {"rc4_suite", "rc4"},
    {"3des_suite", "3des"},
    {"static_rsa_suite", "static_rsa"},
    {"static_dh_suite", "static_dh"},
    {"dh_below_1024", "dh"},
    {"small_dh", "dh"},
    {"tls_compression", "compression"},
    {"no_post_quantum", "post_quantum"},
    {"login_before_tls", "login"},
    {"login_before_tls_on_mx", "login"},
    {"no_forward_secrecy", "modern"},
    {"no_aead", "modern"},
    {"no_extended_master_secret", "modern"},
    {"no_secure_renegotiation", "modern"},
    {"no_certificate", "anonymous"},
    {"self_signed", "certificate"},
    {"untrusted_root", "certificate"},
    {"incomplete_chain", "certificate"},
    {"expired", "certificate"},
    {"not_yet_valid", "certificate"},
    {"name_mismatch", "certificate"},
    {"cn_only", "certificate"},
    {"rsa_below_1024", "certificate"},
    {"weak_key", "certificate"},
    {"rsa_below_3072", "certificate"},
    {"md5_signature", "certificate"},
    {"sha1_signature", "certificate"},
    {"invalid_key", "certificate"},
    {"certificate_varies", "certificate"},
    {"bad_purpose", "certificate"},
    {"constraint_violation", "certificate"},
    {"unparsable_certificate", "certificate"},
    {"chain_untidy", "certificate"},
    {"root_sent", "certificate"},
    {"long_validity", "certificate"},
    {"wildcard_public_suffix", "certificate"},
    {"ocsp_revoked", "staple"},
    {"ocsp_staple_stale", "staple"},
    {"ocsp_staple_useless", "staple"},
    {"must_staple_missing", "staple"},
    {"no_ocsp_staple", "staple"},
    {"dane_authenticates", "dane"},
    {"dane_mismatch", "dane"},
    {"dane_unusable", "dane"},
    {"dane_bogus", "dane"},
    {"dane_temperror", "dane"},
    {"dane_no_spare", "dane"},
    {"no_dane", "dane"},
    {"dane_partial", "dane"},
    {"null_mx", "mx"},
    {"null_mx_beside_others", "mx"},
    {"implicit_mx", "mx"},
    {"no_mail_service", "mx"},
    {"no_such_domain", "mx"},
    {"mx_is_cname", "mx"},
    {"mx_is_address", "mx"},
    {"mx_invalid", "mx"},
    {"mx_dangling", "mx"},
    {"mx_not_public", "mx"},
    {"dns_failure", "mx"},
    {"mta_sts_broken", "mta_sts"},
    {"mta_sts_would_break", "mta_sts"},
    {"mta_sts_invalid", "mta_sts"},
    {"mta_sts_testing", "mta_sts"},
    {"mta_sts_off", "mta_sts"},
    {"no_mta_sts", "mta_sts"},
    {"tls_rpt_invalid", "tls_rpt"},
    {"no_tls_rpt", "tls_rpt"},
    {"no_enforcement", "enforcement"},
    {"enforcement_unknown", "enforcement"},
    {"early_response_bytes", "clear"},
    {"plaintext_mail_accepted", "plain_mail"},
    {"plaintext_mail_refused", "plain_mail"},
    {"starttls_in_tls", "inside"},
    {"ssl2", "ssl2"},
    {"pq_intolerant", "large_hello"},
    {"trust_unknown", "certificate"},
    {"no_sct", "timestamps"},
    {"dane_doubted", "dane"},
    {"mx_unobserved", "offer"},
};

static const struct command_kind *kind_of(const char *code)
{
    for (size_t i = 0; i < sizeof(kinds_of_codes) / sizeof(kinds_of_codes[0]); i++) {
        if (strcmp(kinds_of_codes[i].code, code) != 0) {
            continue;
        }
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            if (strcmp(kinds[k].name, kinds_of_codes[i].kind) == 0) {
                return &kinds[k];
            }
        }
    }
    return NULL;
}

bool letter_commands_has(const char *code)
{
    return kind_of(code) != NULL;
}

/* What a letter of a format stands for; empty: it is not known. */
struct parts {
    char domain[HOSTNAME_SIZE];
    char host[HOSTNAME_SIZE];
    char address[ADDRESS_TEXT_MAX + 4];   /* as s_client takes it: IPv6 in brackets */
    char bare[ADDRESS_TEXT_MAX];          /* as nc does */
    char bracketed[ADDRESS_TEXT_MAX + 4]; /* as posttls-finger does: any in brackets */
    char port[8];
    const char *entry;
};

/* A name as a word of a shell; one that begins like an option is left out. */
static void put_name(const char *name, char out[HOSTNAME_SIZE])
{
    const struct hostname *parsed = NULL;
    if (name != NULL && name[0] != '-' &&
        hostname_parse_any(name, strlen(name), &parsed) == HOSTNAME_OK) {
        snprintf(out, HOSTNAME_SIZE, "%s", hostname_text(parsed));
    }
    hostname_release(parsed);
}

static void put_address(const char *text, struct parts *parts)
{
    struct address address;
    char canonical[ADDRESS_TEXT_MAX];
    if (text == NULL || !address_parse(text, &address)) {
        return;
    }
    address_format(&address, canonical);
    bool is_ipv6 = strchr(canonical, ':') != NULL;
    snprintf(parts->bare, sizeof(parts->bare), "%s", canonical);
    snprintf(parts->address, sizeof(parts->address), is_ipv6 ? "[%s]" : "%s", canonical);
    snprintf(parts->bracketed, sizeof(parts->bracketed), is_ipv6 ? "[ipv6:%s]" : "[%s]", canonical);
}

static const char *entry_of(const struct letter_scene *scene)
{
    static const char *const services[] = {"smtp", "imap", "pop3"};
    if (scene->implicit_tls) {
        return "-crlf";
    }
    for (size_t i = 0; scene->service != NULL && i < sizeof(services) / sizeof(services[0]); i++) {
        if (strcmp(scene->service, services[i]) == 0) {
            static const char *const entries[] = {"-starttls smtp", "-starttls imap",
                                                  "-starttls pop3"};
            return entries[i];
        }
    }
    return "-starttls smtp"; /* of submission too */
}

static const char *part_of(const struct parts *parts, char letter)
{
    switch (letter) {
    case 'D':
        return parts->domain;
    case 'H':
        return parts->host;
    case 'A':
        return parts->address;
    case 'N':
        return parts->bare;
    case 'B':
        return parts->bracketed;
    case 'P':
        return parts->port;
    default:
        return parts->entry;
    }
}

/* Fills a format in; false where a part of it is not known. Words that a shell would expand, such
 * as brackets, stand in single quotes, which no part can hold. */
static bool fill(const char *format, const struct parts *parts, char *out)
{
    size_t len = 0;
    for (; *format != '\0' && len < LETTER_COMMAND_MAX - 1; format++) {
        const char *part = *format == '%' ? part_of(parts, *++format) : NULL;
        if (part == NULL) {
            out[len++] = *format;
            continue;
        }
        bool is_quoted = part[0] == '[';
        int more = snprintf(out + len, LETTER_COMMAND_MAX - len, is_quoted ? "'%s'" : "%s", part);
        if (part[0] == '\0' || more < 0 || (size_t)more >= LETTER_COMMAND_MAX - len) {
            return false;
        }
        len += (size_t)more;
    }
    out[len] = '\0';
    return true;
}

size_t letter_commands(const char *code, const struct letter_scene *scene,
                       char out_commands[LETTER_COMMANDS_MAX][LETTER_COMMAND_MAX])
{
    const struct command_kind *kind = kind_of(code);
    struct parts parts = {.entry = entry_of(scene)};
    size_t num = 0;
    put_name(scene->domain, parts.domain);
    put_name(scene->host, parts.host);
    put_address(scene->address, &parts);
    if (scene->port != 0) {
        snprintf(parts.port, sizeof(parts.port), "%u", scene->port);
    }
    for (size_t i = 0; kind != NULL && i < LETTER_COMMANDS_MAX && kind->lines[i] != NULL; i++) {
        bool is_of_smtp = strncmp(kind->lines[i], "posttls-finger", strlen("posttls-finger")) == 0;
        if (!is_of_smtp || scene->service == NULL || strcmp(scene->service, "smtp") == 0) {
            num += fill(kind->lines[i], &parts, out_commands[num]);
        }
    }
    return num;
}
