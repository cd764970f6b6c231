#include "scanner/cli/command_demo.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/file/result_lines.h"
#include "output/record/json_reader.h"
#include "output/record/record_enum.h"
#include "scanner/cli/fleet_process.h"
#include "scanner/base/log.h"
#include "scanner/cli/scan_options.h"
#include "scanner/grading/policy.h"
#include "scanner/engine/run.h"

#define PATH_SIZE 128

/* What the demo shows, in this order, by the names that the fleet gives its behaviours and DNS
 * shapes. */
static const char *const shown[] = {
    "ok_tls12_13",     "with_intermediate", "ok_tls12_only", "tls10_on",
    "expired",         "wrong_name",        "self_signed",   "incomplete_chain",
    "tls11_max",       "no_starttls",       "starttls_502",  "banner_554",
    "banner_421_once", "silence",           "null_mx",       "nxdomain",
};

#define NUM_SHOWN (sizeof(shown) / sizeof(shown[0]))

struct demo {
    char folder[PATH_SIZE];
    char list[PATH_SIZE + 16], results[PATH_SIZE + 16], ca[PATH_SIZE + 16];
    struct fleet_process fleet;
    const char *output; /* NULL: nobody wants the results afterwards */
    /* of each domain in the list */
    char domains[NUM_SHOWN][64];
    const char *behaviours[NUM_SHOWN];
    size_t num_domains;
};

/* ---- The list ---- */

static const char *shown_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < NUM_SHOWN; i++) {
        if (strcmp(shown[i], name) == 0) {
            return shown[i];
        }
    }
    return NULL;
}

/* What the fleet's list says of a domain. A text is NULL where the list does not have it. */
struct expected {
    const char *domain;
    const char *shape;
    const char *behaviour; /* of its first MX host */
    size_t num_mx;
};

static bool is_key(struct text key, const char *name)
{
    return key.len == strlen(name) && memcmp(key.bytes, name, key.len) == 0;
}

static const char *read_string(struct json_reader *reader)
{
    struct text text = {NULL, 0};
    if (json_reader_peek(reader) == JSON_KIND_STRING) {
        json_reader_string(reader, &text);
    } else {
        json_reader_skip(reader);
    }
    return text.bytes;
}

static void read_mx(struct json_reader *reader, struct expected *expected)
{
    struct text key;
    bool is_first = expected->num_mx++ == 0;
    if (!json_reader_enter(reader, JSON_KIND_OBJECT)) {
        return;
    }
    while (json_reader_key(reader, &key)) {
        if (is_first && is_key(key, "behaviour")) {
            expected->behaviour = read_string(reader);
        } else {
            json_reader_skip(reader);
        }
    }
}

/* Reads a line of the fleet's list; the texts are in the arena. False if it is no such line. */
static bool read_expected(const char *line, struct arena *arena, struct expected *out_expected)
{
    struct json_reader reader;
    struct text key;
    *out_expected = (struct expected){.num_mx = 0};
    json_reader_init(&reader, line, strlen(line), arena);
    if (!json_reader_enter(&reader, JSON_KIND_OBJECT)) {
        return false;
    }
    while (json_reader_key(&reader, &key)) {
        if (is_key(key, "domain")) {
            out_expected->domain = read_string(&reader);
        } else if (is_key(key, "shape")) {
            out_expected->shape = read_string(&reader);
        } else if (is_key(key, "mx") && json_reader_enter(&reader, JSON_KIND_ARRAY)) {
            while (json_reader_item(&reader)) {
                read_mx(&reader, out_expected);
            }
        } else {
            json_reader_skip(&reader);
        }
    }
    return reader.status == JSON_READER_OK && out_expected->domain != NULL;
}

/* A domain with a single MX host shows how that host behaves. Any other shows its DNS records. */
static const char *what_it_shows(const struct expected *expected)
{
    bool is_single = expected->shape != NULL && strcmp(expected->shape, "single") == 0;
    return shown_name(is_single && expected->num_mx == 1 ? expected->behaviour : expected->shape);
}

static bool is_taken(const struct demo *demo, const char *behaviour)
{
    for (size_t i = 0; i < demo->num_domains; i++) {
        if (demo->behaviours[i] == behaviour) {
            return true;
        }
    }
    return false;
}

static void choose_domains(struct demo *demo)
{
    FILE *expect = fleet_process_expect(&demo->fleet);
    char *line = NULL;
    size_t size = 0;
    while (expect != NULL && getline(&line, &size, expect) > 0) {
        struct arena arena = {0};
        struct expected expected;
        const char *behaviour =
            read_expected(line, &arena, &expected) ? what_it_shows(&expected) : NULL;
        if (behaviour != NULL && demo->num_domains < NUM_SHOWN && !is_taken(demo, behaviour)) {
            snprintf(demo->domains[demo->num_domains], sizeof(demo->domains[0]), "%s",
                     expected.domain);
            demo->behaviours[demo->num_domains++] = behaviour;
        }
        arena_free(&arena);
    }
    free(line);
    if (expect != NULL) {
        fclose(expect);
    }
}

static bool write_list(const struct demo *demo)
{
    FILE *file = fopen(demo->list, "we");
    if (file == NULL) {
        return false;
    }
    fprintf(file, "domain,shows\n");
    for (size_t i = 0; i < demo->num_domains; i++) {
        fprintf(file, "%s,%s\n", demo->domains[i], demo->behaviours[i]);
    }
    return fclose(file) == 0 && demo->num_domains > 0;
}

/* ---- The table ---- */

static const char *worst_title(const struct domain_record *domain)
{
    const struct finding_rule *worst = policy_worst(domain);
    return worst != NULL ? worst->title : "nothing to object to";
}

/* The value of the column "shows" of the domain list, which the record repeats. */
static const char *what_it_showed(const struct domain_record *domain)
{
    return domain->num_fields == 1 ? domain->fields[0].value.bytes : NULL;
}

static void print_row(const struct domain_record *domain)
{
    char score[16] = "-";
    if (domain->grade != GRADE_U && domain->grade != GRADE_N) {
        snprintf(score, sizeof(score), "%u", domain->score);
    }
    printf("%-12s %-20s %-5s %5s  %-9s %s\n", domain->domain, what_it_showed(domain),
           grade_name(domain->grade), score,
           record_enum_name(&record_opportunistic_tls, domain->opportunistic), worst_title(domain));
}

/* The rows stand in the order of shown[]. */
static void print_rows(const struct domain_record *domains, size_t num)
{
    for (size_t k = 0; k < NUM_SHOWN; k++) {
        for (size_t i = 0; i < num; i++) {
            if (shown_name(what_it_showed(&domains[i])) == shown[k]) {
                print_row(&domains[i]);
            }
        }
    }
}

/* Reads the domain records of the results, NUM_SHOWN at most. False on lack of memory. */
static bool read_domains(struct result_lines *lines, struct arena *arena,
                         struct domain_record domains[NUM_SHOWN], size_t *out_num)
{
    const char *line;
    size_t len;
    *out_num = 0;
    while (result_lines_next(lines, &line, &len) == LINE_SOURCE_LINE) {
        struct record record;
        enum record_read_status status = result_lines_record(lines, arena, &record);
        if (status == RECORD_READ_NO_MEMORY) {
            return false;
        }
        if (status == RECORD_READ && record.kind == RECORD_DOMAIN && *out_num < NUM_SHOWN) {
            domains[(*out_num)++] = record.domain;
        }
    }
    return true;
}

static bool print_table(const struct demo *demo)
{
    struct arena arena = {0};
    struct domain_record domains[NUM_SHOWN];
    size_t num_domains;
    struct result_lines *lines =
        result_lines_open(demo->output != NULL ? demo->output : demo->results);
    if (lines == NULL) {
        return false;
    }
    bool ok = read_domains(lines, &arena, domains, &num_domains);
    result_lines_close(lines);
    if (ok) {
        printf("\n%-12s %-20s %-5s %5s  %-9s %s\n", "DOMAIN", "ITS SERVER SHOWS", "GRADE", "SCORE",
               "TLS", "WHAT WEIGHS MOST");
        print_rows(domains, num_domains);
        if (demo->output != NULL) {
            printf("\nThe whole story, one JSON object a line: %s\n", demo->output);
        } else {
            printf("\nThe whole story, one JSON object a line: mxgrade demo -o results.jsonl\n");
        }
        printf("Your own list next:  mxgrade scan suppliers.csv -o results.jsonl\n"
               "One domain in words: mxgrade check example.com\n");
    }
    arena_free(&arena);
    return ok;
}

/* ---- All together ---- */

static bool make_folder(struct demo *demo)
{
    const char *base = getenv("TMPDIR");
    int len = snprintf(demo->folder, sizeof(demo->folder), "%s/mxgrade-demo-XXXXXX",
                       base != NULL ? base : "/tmp");
    if (len < 0 || (size_t)len >= sizeof(demo->folder) || mkdtemp(demo->folder) == NULL) {
        return false;
    }
    snprintf(demo->list, sizeof(demo->list), "%s/suppliers.csv", demo->folder);
    snprintf(demo->results, sizeof(demo->results), "%s/results.jsonl", demo->folder);
    snprintf(demo->ca, sizeof(demo->ca), "%s/root.pem", demo->folder);
    return true;
}

static void remove_folder(const struct demo *demo)
{
    unlink(demo->list);
    unlink(demo->results);
    unlink(demo->ca);
    rmdir(demo->folder);
}

/* Impatient where a real network deserves patience: everything here is one machine. */
static int scan_fleet(const struct demo *demo)
{
    struct config config;
    config_init(&config);
    config.list = demo->list;
    config.output = demo->output != NULL ? demo->output : demo->results;
    config.resolver = demo->fleet.resolver;
    config.port = demo->fleet.port;
    config.ca_file = demo->ca;
    (void)ehlo_name_parse("scanner.example.org", &config.ehlo);
    config.retry_wait = 1;
    config.limits.greeting = 3;
    config.allow_net.items[0] = "127.0.0.0/8";
    config.allow_net.num_items = 1;
    int status = scan_options_finish(&config) ? run_scan(&config) : 3;
    config_fini(&config);
    return status;
}

static int run_demo(struct demo *demo)
{
    char error[512];
    if (!fleet_process_start(&demo->fleet, demo->ca, error, sizeof(error))) {
        log_message("%s", error);
        return 3;
    }
    choose_domains(demo);
    printf("A fleet of simulated mail servers is up on loopback; scanning %zu of its domains.\n",
           demo->num_domains);
    fflush(stdout);
    if (!write_list(demo)) {
        log_message("cannot write %s", demo->list);
        return 3;
    }
    int status = scan_fleet(demo);
    if (status == 0 && !print_table(demo)) {
        status = 3;
    }
    return status;
}

static int run(int argc, char **argv)
{
    struct demo demo = {.num_domains = 0, .output = NULL};
    struct operands operands;
    int status;
    if (!options_parse(&command_demo, &demo, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    if (!make_folder(&demo)) {
        log_message("cannot make a folder for the demo; set TMPDIR");
        return 3;
    }
    status = run_demo(&demo);
    fleet_process_stop(&demo.fleet);
    remove_folder(&demo);
    return status;
}

static const struct option_rule rules[] = {
    {"output", 'o', "FILE", OPTION_FILE, offsetof(struct demo, output), NULL,
     "keep the results in FILE", .otherwise = "nothing is kept"},
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_demo = {
    .name = "demo",
    .run = run,
    .summary = "bring up a mail fleet on loopback and scan it",
    .about = "Brings up a simulated mail fleet on loopback and scans it; needs no network.",
    .options = &options,
    .operands = "",
};
