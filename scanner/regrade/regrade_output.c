#include "scanner/regrade/regrade_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/arena.h"
#include "output/file/run_match.h"
#include "output/record/record_json.h"
#include "scanner/grading/acceptances.h"

#define BACKLOG_MAX (4u << 20) /* the reader waits while more bytes are not yet written */

static const struct tally_item nothing = {.kind = TALLY_NOTHING};

/* ---- Opening and closing ---- */

bool regrade_output_open(struct regrade_output *output, const char *path,
                         const struct policy *policy, const char *accept_file, char *out_error,
                         size_t error_size)
{
    *output =
        (struct regrade_output){.policy = policy, .accept_file = accept_file, .tally = tally_new()};
    if (output->tally == NULL) {
        snprintf(out_error, error_size, "out of memory");
        return false;
    }
    const struct sink_options options = {
        .path = path, .tally = output->tally, .advice = "give another --output"};
    output->sink = sink_new(&options, out_error, error_size);
    return output->sink != NULL;
}

const char *regrade_output_finish(struct regrade_output *output)
{
    sink_finish(output->sink);
    return sink_error(output->sink);
}

void regrade_output_fini(struct regrade_output *output)
{
    sink_free(output->sink);
    tally_free(output->tally);
}

/* ---- Lines ---- */

/* `line` is NULL on lack of memory; the sink then fails and reports it. */
static void send_bytes(struct regrade_output *output, char *line, size_t len,
                       const struct tally_item *item)
{
    sink_line(output->sink, line, len, item);
    if (sink_backlog(output->sink) > BACKLOG_MAX) {
        sink_drain(output->sink);
    }
}

static void send_line(struct regrade_output *output, struct json_writer *writer,
                      const struct tally_item *item)
{
    size_t len;
    char *line = json_writer_take(writer, &len);
    send_bytes(output, line, len, item);
    json_writer_fini(writer);
}

/* The value of an option of the run as it is judged now. */
static const char *value_now(const struct regrade_output *output, const struct run_option *option)
{
    const struct acceptances *accepted = output->policy->accepted;
    if (strcmp(option->name, RUN_OPTION_ACCEPT) == 0) {
        return accepted != NULL ? output->accept_file : "";
    }
    if (strcmp(option->name, RUN_OPTION_ACCEPT_SHA256) == 0) {
        return accepted != NULL ? acceptances_sha256(accepted) : "";
    }
    return option->value;
}

/* Whoever joins the file to another one must see what was accepted in it. A run of an older program
 * gets the options where something is. */
static bool set_options(const struct regrade_output *output, struct run_record *judged,
                        struct arena *arena)
{
    static const char *const names[] = {RUN_OPTION_ACCEPT, RUN_OPTION_ACCEPT_SHA256};
    size_t num = judged->num_options;
    struct run_option *options = arena_alloc(arena, (num + 2) * sizeof(*options));
    if (options == NULL) {
        return false;
    }
    for (size_t i = 0; i < num; i++) {
        options[i] = judged->options[i];
    }
    for (size_t i = 0; i < 2 && output->policy->accepted != NULL; i++) {
        if (run_option_value(judged, names[i]) == NULL) {
            options[num++].name = names[i];
        }
    }
    for (size_t i = 0; i < num; i++) {
        options[i].value = value_now(output, &options[i]);
    }
    judged->options = options;
    judged->num_options = num;
    return true;
}

void regrade_output_run(struct regrade_output *output, const struct run_record *record)
{
    struct run_record judged = *record;
    struct json_writer writer;
    struct arena arena = {0};
    /* A list of hosts names no domain, whatever is accepted of one. */
    const char *hosts = run_option_value(record, "hosts");
    output->is_part = run_shard(record).of > 1 || (hosts != NULL && strcmp(hosts, "true") == 0);
    judged.policy = output->policy->name;
    judged.policy_digest = output->policy->digest;
    json_writer_init(&writer);
    if (set_options(output, &judged, &arena)) {
        record_json_run(&writer, &judged);
    } else {
        json_writer_fail(&writer);
    }
    send_line(output, &writer, &nothing);
    arena_free(&arena);
}

void regrade_output_endpoint(struct regrade_output *output, const struct endpoint_record *record)
{
    const struct tally_item item = tally_item_of_endpoint(record);
    struct json_writer writer;
    json_writer_init(&writer);
    record_json_endpoint(&writer, record);
    send_line(output, &writer, &item);
}

void regrade_output_domain(struct regrade_output *output, const struct domain_record *record)
{
    const struct tally_item item = tally_item_of_domain(record);
    struct domain_record judged = *record;
    struct json_writer writer;
    judged.policy = output->policy->name;
    judged.policy_digest = output->policy->digest;
    json_writer_init(&writer);
    record_json_domain(&writer, &judged);
    send_line(output, &writer, &item);
}

/* Countries, networks and providers do not change by judging again, so they are copied. */
void regrade_output_summary(struct regrade_output *output, const struct summary_record *record)
{
    struct summary_record counted = *record;
    struct json_writer writer;
    sink_drain(output->sink); /* the tally is complete once everything is written */
    counted.accepted = (struct acceptance_counts){.domains = 0};
    tally_summary(output->tally, &counted);
    counted.countries = record->countries;
    counted.num_countries = record->num_countries;
    counted.networks = record->networks;
    counted.num_networks = record->num_networks;
    counted.providers = record->providers;
    counted.num_providers = record->num_providers;
    counted.policy = output->policy->name;
    counted.policy_digest = output->policy->digest;
    acceptances_count(output->policy->accepted, record->complete && !output->is_part,
                      &counted.accepted);
    output->accepted = counted.accepted;
    json_writer_init(&writer);
    record_json_summary(&writer, &counted);
    send_line(output, &writer, &nothing);
}

void regrade_output_line(struct regrade_output *output, const char *line, size_t len)
{
    char *copy = malloc(len + 1);
    if (copy != NULL) {
        memcpy(copy, line, len);
        copy[len] = '\n';
    }
    send_bytes(output, copy, len + 1, &nothing);
}
