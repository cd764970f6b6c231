#include "output/export/export_sarif.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/arena.h"
#include "output/record/field_rows.h"
#include "output/record/record_enum.h"
#include "output/record/record_json.h"
#include "output/record/record_parts.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

#define HEAD                                                                                       \
    "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","        \
    "\"runs\":[{"

/* ---- Parts of a document ---- */

/* The members of the writer's object, without its braces, between two texts. */
static char *members_between(struct json_writer *writer, const char *before, const char *behind,
                             size_t *out_len)
{
    const struct text object = json_writer_text(writer);
    const size_t before_len = strlen(before), behind_len = strlen(behind);
    char *part = NULL;
    if (object.bytes != NULL && object.len >= strlen("{}")) {
        const size_t len = object.len - strlen("{}");
        part = malloc(before_len + len + behind_len + 1);
        if (part != NULL) {
            memcpy(part, before, before_len);
            memcpy(part + before_len, object.bytes + 1, len);
            memcpy(part + before_len + len, behind, behind_len + 1);
            *out_len = before_len + len + behind_len;
        }
    }
    json_writer_fini(writer);
    return part;
}

static void put_string(struct json_writer *writer, const char *key, const char *value)
{
    if (value != NULL) {
        json_key(writer, key);
        json_put_string(writer, value);
    }
}

/* A "message" and its like. */
static void put_words(struct json_writer *writer, const char *key, const char *words)
{
    json_key(writer, key);
    json_open_object(writer);
    put_string(writer, "text", words != NULL ? words : "");
    json_close_object(writer);
}

static void open_object(struct json_writer *writer, const char *key)
{
    json_key(writer, key);
    json_open_object(writer);
}

static void open_array(struct json_writer *writer, const char *key)
{
    json_key(writer, key);
    json_open_array(writer);
}

/* What only informs is no failure: SARIF 2.1.0, 3.27.9 and 3.27.10. */
static const char *level_of(enum severity severity)
{
    switch (severity) {
    case SEVERITY_CRITICAL:
    case SEVERITY_HIGH:
        return "error";
    case SEVERITY_MEDIUM:
        return "warning";
    case SEVERITY_LOW:
        return "note";
    case SEVERITY_INFO:
        break;
    }
    return "none";
}

/* ---- The beginning ---- */

static void put_rule(struct json_writer *writer, const struct finding_rule *rule)
{
    json_open_object(writer);
    put_string(writer, "id", rule->code);
    put_words(writer, "shortDescription", rule->title);
    put_words(writer, "fullDescription", rule->why);
    put_words(writer, "help", rule->remedy);
    open_object(writer, "defaultConfiguration");
    put_string(writer, "level", level_of(rule->severity));
    json_close_object(writer);
    open_object(writer, "properties");
    put_string(writer, "severity", severity_name(rule->severity));
    put_string(writer, "source", rule->source);
    json_close_object(writer);
    json_close_object(writer);
}

static void put_tool(struct json_writer *writer, const struct run_record *run,
                     const struct export_rules *rules)
{
    const struct finding_rule *rule;
    open_object(writer, "tool");
    open_object(writer, "driver");
    put_string(writer, "name", "mxgrade");
    put_string(writer, "version", run->version);
    open_array(writer, "rules");
    for (size_t i = 0; (rule = rules->rule(i)) != NULL; i++) {
        put_rule(writer, rule);
    }
    json_close_array(writer);
    json_close_object(writer);
    json_close_object(writer);
}

char *export_sarif_head(const struct run_record *run, const struct export_rules *rules,
                        size_t *out_len)
{
    static const char *const fields[] = {"policy", "policy_digest", "list", "list_sha256", "now"};
    struct json_writer writer;
    json_writer_init(&writer);
    json_open_object(&writer);
    put_tool(&writer, run, rules);
    if (run->id != NULL) {
        open_object(&writer, "automationDetails");
        char id[sizeof("mxgrade/") + RUN_ID_LEN];
        snprintf(id, sizeof(id), "mxgrade/%s", run->id);
        put_string(&writer, "id", id); /* what stands before the last slash groups the runs */
        json_close_object(&writer);
    }
    open_object(&writer, "properties");
    record_json_members(&writer, &record_of_run, run, fields, NUM(fields));
    json_close_object(&writer);
    json_close_object(&writer);
    return members_between(&writer, HEAD, ",\"results\":[\n", out_len);
}

/* ---- Results ---- */

/* A path as a reference of RFC 3986: what is not unreserved is escaped byte by byte. A colon before
 * the first slash would end a scheme. */
static const char *reference_of(const char *path, struct arena *arena)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~/";
    char *reference = arena_alloc(arena, 3 * strlen(path) + 1);
    char *to = reference;
    for (const char *at = path; reference != NULL && *at != '\0'; at++) {
        if (strchr(plain, *at) != NULL) {
            *to++ = *at;
        } else {
            *to++ = '%';
            *to++ = digits[(unsigned char)*at >> 4];
            *to++ = digits[(unsigned char)*at & 15];
        }
    }
    return reference; /* the arena's bytes are zero */
}

/* The line of the list, which standard input has not kept. */
static void put_line_of_list(struct json_writer *writer, const struct run_record *run,
                             const struct domain_record *domain, struct arena *arena)
{
    if (run->list == NULL || strcmp(run->list, "-") == 0 || domain->line == 0) {
        return;
    }
    open_object(writer, "physicalLocation");
    open_object(writer, "artifactLocation");
    put_string(writer, "uri", reference_of(run->list, arena));
    json_close_object(writer);
    open_object(writer, "region");
    json_key(writer, "startLine");
    json_uint(writer, domain->line);
    json_close_object(writer);
    json_close_object(writer);
}

static void put_logical(struct json_writer *writer, const char *name, const char *kind)
{
    json_open_object(writer);
    put_string(writer, "fullyQualifiedName", name);
    put_string(writer, "kind", kind);
    json_close_object(writer);
}

static void put_place(struct json_writer *writer, const struct finding_place *place,
                      struct arena *arena)
{
    const char *host = place->host != NULL ? place->host : "";
    if (place->address != NULL) {
        put_logical(writer, arena_format(arena, "%s/%s/%u", host, place->address, place->port),
                    "endpoint");
    } else {
        put_logical(writer, host, "host");
    }
}

static void put_locations(struct json_writer *writer, const struct run_record *run,
                          const struct domain_record *domain, const struct finding *finding,
                          struct arena *arena)
{
    open_array(writer, "locations");
    json_open_object(writer);
    put_line_of_list(writer, run, domain, arena);
    open_array(writer, "logicalLocations");
    put_logical(writer, domain->domain, "domain");
    for (size_t i = 0; i < finding->num_places; i++) {
        put_place(writer, &finding->places[i], arena);
    }
    json_close_array(writer);
    json_close_object(writer);
    json_close_array(writer);
}

static void put_suppression(struct json_writer *writer, const struct accepted *accepted)
{
    if (accepted->until == NULL) {
        return;
    }
    open_array(writer, "suppressions");
    json_open_object(writer);
    put_string(writer, "kind", "external");
    put_string(writer, "status", "accepted");
    json_key(writer, "justification");
    json_text(writer, accepted->reason.bytes != NULL ? accepted->reason : (struct text){"", 0},
              LINE_TEXT_MAX);
    open_object(writer, "properties");
    put_string(writer, "until", accepted->until);
    if (accepted->by.bytes != NULL) {
        json_key(writer, "by");
        json_text(writer, accepted->by, LINE_TEXT_MAX);
    }
    json_close_object(writer);
    json_close_object(writer);
    json_close_array(writer);
}

static void put_rule_of(struct json_writer *writer, const struct export_rules *rules,
                        const struct domain_record *domain, const struct finding *finding,
                        struct arena *arena)
{
    size_t number;
    const char *title = finding->code;
    put_string(writer, "ruleId", finding->code);
    if (rules->find(finding->code, &number)) {
        title = rules->rule(number)->title;
        json_key(writer, "ruleIndex");
        json_uint(writer, number);
    }
    const char *level = level_of(finding->severity);
    put_string(writer, "kind", strcmp(level, "none") == 0 ? "informational" : "fail");
    put_string(writer, "level", level);
    put_words(writer, "message",
              finding->detail != NULL
                  ? arena_format(arena, "%s: %s: %s", domain->domain, title, finding->detail)
                  : arena_format(arena, "%s: %s", domain->domain, title));
}

static void put_result(struct json_writer *writer, const struct run_record *run,
                       const struct export_rules *rules, const struct domain_record *domain,
                       const struct finding *finding, struct arena *arena)
{
    static const char *const fields[] = {"line", "input_fields", "grade", "run"};
    json_open_object(writer);
    put_rule_of(writer, rules, domain, finding, arena);
    put_locations(writer, run, domain, finding, arena);
    open_object(writer, "partialFingerprints");
    put_string(writer, "domainAndCode/v1",
               arena_format(arena, "%s/%s", domain->domain, finding->code));
    json_close_object(writer);
    put_suppression(writer, &finding->accepted);
    open_object(writer, "properties");
    record_json_members(writer, &record_of_domain, domain, fields, NUM(fields));
    json_close_object(writer);
    json_close_object(writer);
}

char *export_sarif_domain(const struct run_record *run, const struct export_rules *rules,
                          const struct domain_record *domain, uint64_t *inout_num, size_t *out_len)
{
    char *part = calloc(1, 1);
    *out_len = 0;
    for (size_t i = 0; part != NULL && domain->domain != NULL && i < domain->num_findings; i++) {
        struct arena arena = {0};
        struct json_writer writer;
        size_t len;
        char *longer = NULL;
        if (domain->findings[i].code == NULL) {
            continue;
        }
        json_writer_init(&writer);
        put_result(&writer, run, rules, domain, &domain->findings[i], &arena);
        if (arena.has_failed) {
            json_writer_fail(&writer);
        }
        char *result = members_between(&writer, (*inout_num)++ > 0 ? ",{" : "{", "}\n", &len);
        if (result != NULL && (longer = realloc(part, *out_len + len + 1)) != NULL) {
            memcpy(longer + *out_len, result, len + 1);
            *out_len += len;
        } else {
            free(part);
        }
        free(result);
        part = longer;
        arena_free(&arena);
    }
    return part;
}

/* ---- The end ---- */

static void put_notification(struct json_writer *writer, const char *what)
{
    json_open_object(writer);
    put_string(writer, "level", "error");
    put_words(writer, "message", what);
    json_close_object(writer);
}

char *export_sarif_tail(const struct run_record *run, const struct export_ending *ending,
                        size_t *out_len)
{
    struct json_writer writer;
    json_writer_init(&writer);
    json_open_object(&writer);
    open_array(&writer, "invocations");
    json_open_object(&writer);
    json_key(&writer, "executionSuccessful");
    json_bool(&writer, ending->is_complete && ending->void_detail == NULL);
    json_key(&writer, "startTimeUtc");
    json_time(&writer, run->started, true);
    if (ending->has_finished) {
        json_key(&writer, "endTimeUtc");
        json_time(&writer, ending->finished, true);
    }
    open_array(&writer, "toolExecutionNotifications");
    if (!ending->is_complete) {
        put_notification(&writer, "The run was cut short: domains may be missing.");
    }
    if (ending->void_detail != NULL) {
        put_notification(&writer, ending->void_detail);
    }
    json_close_array(&writer);
    json_close_object(&writer);
    json_close_array(&writer);
    put_string(&writer, "columnKind", "unicodeCodePoints");
    json_close_object(&writer);
    return members_between(&writer, "],", "}]}\n", out_len);
}
