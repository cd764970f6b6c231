#include "io/dns/unbound_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEBIBYTE ((uint64_t)1024 * 1024)

/*
 * What is worth keeping are the zones above the domains and the hosts of large providers: answers
 * for one domain alone are asked for once, and kept by the asker.
 */
#define CACHE_BYTES_PER_NAME 2048
#define CACHE_LEAST          (16 * MEBIBYTE)
#define CACHE_MOST           (256 * MEBIBYTE)
#define NAMES_UNKNOWN        20000

/* unbound remembers of each name server how fast it is. Its default is the least. */
#define SERVERS_LEAST 10000
#define SERVERS_MOST  100000

#define THREADS_MOST 4
/* Of one thread, as all questions may reach the same one. Those that validation asks come on top,
 * and each takes a socket. */
#define QUERIES_LEAST     1024
#define QUERIES_MOST      8192
#define SOCKETS_PER_QUERY 2

static uint64_t within(uint64_t value, uint64_t least, uint64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static void write_sizes(FILE *out, const struct unbound_settings *settings)
{
    const uint64_t names = settings->num_names > 0 ? settings->num_names : NAMES_UNKNOWN;
    const uint64_t cache = within(names * CACHE_BYTES_PER_NAME, CACHE_LEAST, CACHE_MOST);
    const uint64_t queries =
        within((uint64_t)settings->num_questions * 2, QUERIES_LEAST, QUERIES_MOST);
    fprintf(out, "server:\n");
    fprintf(out, "  num-threads: %u\n", (unsigned)within(settings->num_threads, 1, THREADS_MOST));
    fprintf(out, "  num-queries-per-thread: %u\n", (unsigned)queries);
    fprintf(out, "  outgoing-range: %u\n", (unsigned)(queries * SOCKETS_PER_QUERY));
    fprintf(out, "  rrset-cache-size: %llu\n", (unsigned long long)cache);
    fprintf(out, "  msg-cache-size: %llu\n", (unsigned long long)(cache / 2));
    fprintf(out, "  key-cache-size: %llu\n", (unsigned long long)(cache / 4));
    fprintf(out, "  infra-cache-numhosts: %u\n",
            (unsigned)within(names, SERVERS_LEAST, SERVERS_MOST));
    fprintf(out, "  do-ip4: %s\n", settings->has_ipv4 ? "yes" : "no");
    fprintf(out, "  do-ip6: %s\n", settings->has_ipv6 ? "yes" : "no");
    fprintf(out, "  module-config: \"validator iterator\"\n");
    /* RFC 8145 has a resolver tell the root which keys it trusts. One that lives for a run need
     * not.
     */
    fprintf(out, "  trust-anchor-signaling: no\n");
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line == '\n' ? line + 1 : line;
}

/* How much of the line is a record: without its comment, and the blanks before that. */
static size_t record_length(const char *line)
{
    size_t len = strcspn(line, ";\r\n\"");
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t')) {
        len--;
    }
    return len;
}

static void write_anchor(FILE *out, const char *anchor)
{
    for (const char *line = anchor; *line != '\0'; line = next_line(line)) {
        const size_t len = record_length(line);
        if (len > 0) {
            fprintf(out, "  trust-anchor: \"%.*s\"\n", (int)len, line);
        }
    }
}

/* unbound starts as the user that it is to be, in the foreground, and writes its log to stderr. */
static void write_foundation(FILE *out, const struct unbound_settings *settings)
{
    fprintf(out,
            "server:\n"
            "  interface: 127.0.0.1\n"
            "  port: %u\n"
            "  do-daemonize: no\n"
            "  username: \"\"\n"
            "  chroot: \"\"\n"
            "  directory: \"\"\n"
            "  pidfile: \"\"\n"
            "  use-syslog: no\n"
            "  logfile: \"\"\n"
            "  ede: yes\n" /* RFC 8914: SERVFAIL says whether the answer was bogus */
            "  log-servfail: %s\n",
            (unsigned)settings->port, settings->explains_failures ? "yes" : "no");
    if (settings->anchor != NULL) {
        write_anchor(out, settings->anchor);
    }
}

static unsigned num_line_ends(const char *text, size_t len)
{
    unsigned num = 0;
    for (size_t i = 0; i < len; i++) {
        num += text[i] == '\n' ? 1 : 0;
    }
    return num;
}

char *unbound_config_text(const struct unbound_settings *settings, unsigned *out_more_line)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) {
        return NULL;
    }
    write_sizes(out, settings);
    bool ok = fflush(out) == 0;
    *out_more_line = ok ? num_line_ends(text, len) + 1 : 0;
    if (settings->more != NULL) {
        fprintf(out, "%s\n", settings->more);
    }
    write_foundation(out, settings);
    ok = ferror(out) == 0 && ok;
    if (fclose(out) != 0 || !ok) {
        free(text);
        return NULL;
    }
    return text;
}

static bool line_names_anchor(const char *line, size_t len)
{
    static const char *const keys[] = {"trust-anchor:", "trust-anchor-file:", "trusted-keys-file:"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (memmem(line, len, keys[i], strlen(keys[i])) != NULL) {
            return true;
        }
    }
    return false;
}

bool unbound_config_has_anchor(const char *text)
{
    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        if (line_names_anchor(line, strcspn(line, "#\n"))) {
            return true;
        }
    }
    return false;
}

bool unbound_config_is_anchor(const char *text)
{
    for (const char *line = text; *line != '\0'; line = next_line(line)) {
        if (record_length(line) > 0) {
            return true;
        }
    }
    return false;
}
