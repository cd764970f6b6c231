#include "scanner/grading/target_evidence.h"

#include <string.h>

/*
 * A new customer of Microsoft 365 proves that it owns a domain by an MX such as
 * "ms12345678.msv1.invalid", which has the highest preference value. Names below "invalid" never
 * exist (RFC 6761 section 6.4), so nobody can take such a host over.
 */
static bool is_token(const char *name)
{
    static const char top[] = ".invalid";
    const size_t len = strlen(name), top_len = sizeof(top) - 1;
    if (len <= top_len || strncmp(name, "ms", 2) != 0 || strcmp(name + len - top_len, top) != 0) {
        return false;
    }
    size_t num_digits = strspn(name + 2, "0123456789");
    return num_digits > 0 && name[2 + num_digits] == '.';
}

bool target_mx_read_name(struct target_mx *mx)
{
    mx->is_token = is_token(mx->name);
    switch (hostname_parse_any(mx->name, strlen(mx->name), &mx->host)) {
    case HOSTNAME_EMPTY:
        mx->is_null = true;
        return true;
    case HOSTNAME_IS_ADDRESS:
        mx->is_address = true;
        return true;
    case HOSTNAME_NO_MEMORY:
        return false;
    default:
        return true;
    }
}

static void doubt_endpoint(struct endpoint_summary *endpoint)
{
    if (endpoint->dane == DANE_BOGUS) {
        endpoint->dane = DANE_UNKNOWN;
        endpoint->grade = endpoint->doubt.grade;
        endpoint->score = endpoint->doubt.score;
        endpoint->open = endpoint->doubt.open;
        endpoint->findings = endpoint->doubt.findings;
    }
}

static struct host_result *doubt_host(const struct host_result *result, struct arena *arena)
{
    size_t size = sizeof(*result) + result->num_endpoints * sizeof(result->endpoints[0]);
    struct host_result *doubted = arena_alloc(arena, size);
    if (doubted == NULL) {
        return NULL;
    }
    memcpy(doubted, result, size);
    for (size_t i = 0; i < doubted->num_endpoints; i++) {
        doubt_endpoint(&doubted->endpoints[i]);
    }
    doubted->dane = DANE_UNKNOWN;
    doubted->outcome = host_outcome(doubted->lookup, doubted->endpoints, doubted->num_endpoints);
    return doubted;
}

struct target_mx *target_mx_in_doubt(const struct target_mx *mx, size_t num_mx, struct arena *arena)
{
    struct target_mx *doubted = arena_alloc(arena, (num_mx + 1) * sizeof(*doubted));
    for (size_t i = 0; doubted != NULL && i < num_mx; i++) {
        doubted[i] = mx[i];
        if (mx[i].result != NULL && mx[i].result->dane == DANE_BOGUS) {
            doubted[i].result = doubt_host(mx[i].result, arena);
            doubted = doubted[i].result != NULL ? doubted : NULL;
        }
    }
    return doubted;
}
