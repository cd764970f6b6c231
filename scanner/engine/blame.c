#include "scanner/engine/blame.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/hostname.h"
#include "io/base/table.h"

#define SHARE_MAX 20 /* one in so many */

struct organisation {
    struct table_node node; /* first */
    char name[];
};

enum blame_verdict { BLAME_OPEN, BLAME_ZONES, BLAME_RESOLVER };

struct blame {
    pthread_mutex_t lock;
    enum blame_verdict verdict;
    uint64_t num_signed;
    struct table_seed seed;
    struct table organisations;
    struct held_lines held;
};

struct blame *blame_new(void)
{
    struct blame *blame = calloc(1, sizeof(*blame));
    if (blame != NULL) {
        pthread_mutex_init(&blame->lock, NULL);
        blame->seed = table_seed_random();
        held_lines_init(&blame->held);
    }
    return blame;
}

void blame_free(struct blame *blame)
{
    struct table_node *node;
    if (blame == NULL) {
        return;
    }
    held_lines_fini(&blame->held);
    while ((node = table_take_any(&blame->organisations)) != NULL) {
        free(node);
    }
    table_fini(&blame->organisations);
    pthread_mutex_destroy(&blame->lock);
    free(blame);
}

/* ---- Counting ---- */

void blame_note_signed(struct blame *blame)
{
    pthread_mutex_lock(&blame->lock);
    blame->num_signed++;
    pthread_mutex_unlock(&blame->lock);
}

static bool is_organisation(const struct table_node *node, const void *key)
{
    return strcmp(((const struct organisation *)node)->name, key) == 0;
}

static bool add_organisation(struct blame *blame, const char *name)
{
    size_t len = strlen(name);
    uint64_t hash = table_hash(&blame->seed, name, len);
    if (table_find(&blame->organisations, hash, is_organisation, name) != NULL) {
        return true;
    }
    struct organisation *organisation = calloc(1, sizeof(*organisation) + len + 1);
    if (organisation == NULL) {
        return false;
    }
    memcpy(organisation->name, name, len);
    if (!table_insert(&blame->organisations, &organisation->node, hash)) {
        free(organisation);
        return false;
    }
    /* cppcheck-suppress memleak ; the table has it */
    return true;
}

/* The host that a question is about. It is the last word: the end of the alias, if there is one.
 * Labels in front that begin with an underscore, such as "_25", are left out. */
static const char *name_in(const char *question)
{
    const char *space = strrchr(question, ' ');
    const char *name = space != NULL ? space + 1 : question;
    while (name[0] == '_' && strchr(name, '.') != NULL) {
        name = strchr(name, '.') + 1;
    }
    return name;
}

bool blame_note_bogus(struct blame *blame, const char *question)
{
    const struct hostname *host;
    const char *name = name_in(question);
    switch (hostname_parse_any(name, strlen(name), &host)) {
    case HOSTNAME_OK:
        name = hostname_organisation(host);
        break;
    case HOSTNAME_NO_MEMORY:
        return false;
    default:
        break; /* no host's name, and an organisation of its own */
    }
    pthread_mutex_lock(&blame->lock);
    bool ok = add_organisation(blame, name);
    pthread_mutex_unlock(&blame->lock);
    hostname_release(host);
    return ok;
}

/* ---- Lines ---- */

static void send_one(const struct blame *blame, struct sink *sink, struct line_versions *versions)
{
    line_versions_send(
        versions, blame->verdict == BLAME_RESOLVER ? &versions->doubted : &versions->plain, sink);
}

static void decide(struct blame *blame, struct sink *sink)
{
    struct line_versions versions;
    uint64_t num = blame->organisations.num_nodes;
    bool is_resolver = num >= BLAME_MIN && num * SHARE_MAX > blame->num_signed;
    blame->verdict = is_resolver ? BLAME_RESOLVER : BLAME_ZONES;
    while (held_lines_take(&blame->held, &versions)) {
        send_one(blame, sink, &versions);
    }
}

void blame_line(struct blame *blame, struct sink *sink, struct line_versions *versions)
{
    pthread_mutex_lock(&blame->lock);
    bool is_open = blame->verdict == BLAME_OPEN;
    bool is_held = is_open && held_lines_add(&blame->held, versions);
    if (is_open && (!is_held || blame->held.num_lines >= HELD_LINES_MAX)) {
        decide(blame, sink);
    }
    if (!is_held) {
        send_one(blame, sink, versions);
    }
    pthread_mutex_unlock(&blame->lock);
}

void blame_end(struct blame *blame, struct sink *sink)
{
    pthread_mutex_lock(&blame->lock);
    if (blame->verdict == BLAME_OPEN) {
        decide(blame, sink);
    }
    pthread_mutex_unlock(&blame->lock);
}

struct blame_counts blame_counts(struct blame *blame)
{
    pthread_mutex_lock(&blame->lock);
    struct blame_counts counts = {
        .is_resolver = blame->verdict == BLAME_RESOLVER,
        .num_signed = blame->num_signed,
        .num_organisations = blame->organisations.num_nodes,
    };
    pthread_mutex_unlock(&blame->lock);
    return counts;
}
