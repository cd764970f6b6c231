#include <string.h>

#include "output/file/run_match.h"
#include "output/merge/merge_internal.h"

#define REVISED_MAX 50 /* as in a summary of a scan */

/* NULL: the files are of several runs, and each of their records names its own. */
static const char *id_of(const struct merge *merge)
{
    const char *id = result_file_run(merge->files[0].file)->id;
    for (size_t i = 1; i < merge->num_files && id != NULL; i++) {
        const char *other = result_file_run(merge->files[i].file)->id;
        id = other != NULL && strcmp(id, other) == 0 ? id : NULL;
    }
    return id;
}

struct run_record merge_run_record(const struct merge *merge, struct arena *arena)
{
    struct run_record run = *result_file_run(merge->files[0].file);
    struct run_option *options = arena_alloc(arena, (run.num_options + 1) * sizeof(*options));
    for (size_t i = 0; i < run.num_options && options != NULL; i++) {
        bool is_shard = strcmp(run.options[i].name, "shard") == 0;
        options[i] = run.options[i];
        if (is_shard && !merge_lists_is_one_part(merge)) {
            options[i].value = "1/1";
        }
    }
    run.id = id_of(merge);
    run.options = options;
    if (merge->num_lists > 1) {
        run.list_sha256 = NULL;
    }
    for (size_t i = 1; i < merge->num_files; i++) {
        const struct run_record *other = result_file_run(merge->files[i].file);
        run.started = other->started < run.started ? other->started : run.started;
        run.now = other->now > run.now ? other->now : run.now;
    }
    return run;
}

static bool has_server(const char *const *servers, size_t num, const char *server)
{
    for (size_t i = 0; i < num; i++) {
        if (strcmp(servers[i], server) == 0) {
            return true;
        }
    }
    return false;
}

static void add_revised(struct summary_record *out, const struct summary_record *summary,
                        const char **servers)
{
    for (size_t i = 0; i < summary->num_revised_servers; i++) {
        const char *server = summary->revised_servers[i];
        if (server != NULL && out->num_revised_servers < REVISED_MAX &&
            !has_server(servers, out->num_revised_servers, server)) {
            servers[out->num_revised_servers++] = server;
        }
    }
}

/* What the runs did, together. */
static void add_work(struct summary_record *out, const struct summary_record *summary)
{
    out->resolver_blamed |= summary->resolver_blamed;
    out->unrouted = out->unrouted != NULL ? out->unrouted : summary->unrouted;
    out->addresses_unrouted += summary->addresses_unrouted;
    out->connections += summary->connections;
    out->connections_saved += summary->connections_saved;
    out->dns_questions += summary->dns_questions;
    out->seconds += summary->seconds > 0 ? summary->seconds : 0;
    out->finished = summary->finished > out->finished ? summary->finished : out->finished;
}

/* Why some of it is missing. */
static void add_reasons(struct summary_record *out, const struct summary_record *summary)
{
    out->interrupted |= summary->interrupted;
    out->port_blocked |= summary->port_blocked;
    out->dns_failed |= summary->dns_failed;
}

struct summary_record merge_summary_record(const struct merge *merge, struct arena *arena)
{
    const struct run_record *run = result_file_run(merge->files[0].file);
    const char **servers = arena_alloc(arena, REVISED_MAX * sizeof(*servers));
    struct summary_record out = {
        .run = id_of(merge),
        .policy = run->policy,
        .policy_digest = run->policy_digest,
        .complete = merge->not_scanned == 0 && !merge->has_given_up,
        .seconds_to_half = -1,
        .seconds_to_95 = -1,
        .dns_seconds_share = -1,
        .merged_files = merge->num_files,
        .not_scanned = merge->not_scanned,
    };
    for (size_t i = 0; i < merge->num_files && servers != NULL; i++) {
        const struct summary_record *summary = result_file_summary(merge->files[i].file);
        add_work(&out, summary);
        add_revised(&out, summary, servers);
        if (!out.complete) {
            add_reasons(&out, summary);
        }
    }
    out.revised_servers = servers;
    tally_summary(merge->tally, &out);
    out.lines_written = out.domains + out.invalid_lines;
    out.lines_begun = out.lines_written;
    out.lines = out.lines_written + (merge->not_scanned > 0 ? (uint64_t)merge->not_scanned : 0);
    out.lines_read = out.lines;
    return out;
}
