#include "scanner/cli/command_demo.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/file/line_source.h"
#include "scanner/cli/fleet_process.h"
#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/grading/policy.h"
#include "scanner/engine/run.h"

#define PATH_SIZE 128

/* What the demo shows, in this order, by the names that the fleet gives its behaviours and DNS
 * shapes. */
static const char *const shown[] = {
    "ok_tls12_13",
    "with_intermediate",
    "ok_tls12_only",
    "tls10_on",
    "expired",
    "wrong_name",
    "self_signed",
    "incomplete_chain",
    "tls11_max",
    "no_starttls",
    "starttls_refused_5xx",
    "banner_554",
    "banner_421_once",
    "silence",
    "null_mx",
    "nxdomain",
};

#define NUM_SHOWN (sizeof(shown) / sizeof(shown[0]))

struct demo {
    char folder[PATH_SIZE];
    char list[PATH_SIZE + 16], results[PATH_SIZE + 16], ca[PATH_SIZE + 16];
    struct fleet_process fleet;
    /* of each domain in the list */
    char domains[NUM_SHOWN][64];
    const char *behaviours[NUM_SHOWN];
    size_t num_domains;
};

/* ---- The list ---- */

static const char *string_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const char *shown_name(const char *name)
{
    for (size_t i = 0; name != NULL && i < NUM_SHOWN; i++) {
        if (strcmp(shown[i], name) == 0) {
            return shown[i];
        }
    }
    return NULL;
}

/* A domain with one MX shows that host's behaviour; others show their DNS. */
static const char *what_it_shows(const json_t *domain)
{
    const json_t *mx = json_object_get(domain, "mx");
    const char *shape = string_of(domain, "shape");
    if (shape != NULL && strcmp(shape, "single") == 0 && json_array_size(mx) == 1) {
        return shown_name(string_of(json_array_get(mx, 0), "behaviour"));
    }
    return shown_name(shape);
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
        json_t *domain = json_loads(line, 0, NULL);
        const char *behaviour = what_it_shows(domain);
        const char *name = string_of(domain, "domain");
        if (behaviour != NULL && name != NULL && demo->num_domains < NUM_SHOWN &&
            !is_taken(demo, behaviour)) {
            snprintf(demo->domains[demo->num_domains], sizeof(demo->domains[0]), "%s", name);
            demo->behaviours[demo->num_domains++] = behaviour;
        }
        json_decref(domain);
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

static const char *worst_title(const json_t *domain)
{
    const char *title = "nothing to object to";
    int worst = -1;
    size_t i;
    json_t *finding;
    json_array_foreach(json_object_get(domain, "findings"), i, finding)
    {
        const char *code = string_of(finding, "code");
        enum finding_code found = code != NULL ? policy_find(code) : FINDING_COUNT;
        if (found != FINDING_COUNT && (int)policy_rule(found)->severity > worst) {
            worst = (int)policy_rule(found)->severity;
            title = policy_rule(found)->title;
        }
    }
    return title;
}

static const char *what_it_showed(const json_t *domain)
{
    return string_of(json_object_get(domain, "input_fields"), "shows");
}

static void print_row(const json_t *domain)
{
    char score[8] = "-";
    const json_t *value = json_object_get(domain, "score");
    const char *shows = what_it_showed(domain);
    if (json_is_integer(value)) {
        snprintf(score, sizeof(score), "%d", (int)json_integer_value(value));
    }
    printf("%-12s %-20s %-5s %5s  %-9s %s\n", string_of(domain, "domain"),
           shows != NULL ? shows : "", string_of(domain, "grade"), score,
           string_of(domain, "opportunistic_tls"), worst_title(domain));
}

static void print_rows(const json_t *domains)
{
    size_t i;
    json_t *domain;
    for (size_t k = 0; k < NUM_SHOWN; k++) {
        json_array_foreach(domains, i, domain)
        {
            if (shown_name(what_it_showed(domain)) == shown[k]) {
                print_row(domain);
            }
        }
    }
}

static bool print_table(const struct demo *demo)
{
    const char *line;
    size_t len;
    struct line_source *source = line_source_open(demo->results, false);
    json_t *domains = json_array();
    if (source == NULL || domains == NULL) {
        return false;
    }
    printf("\n%-12s %-20s %-5s %5s  %-9s %s\n", "DOMAIN", "ITS SERVER SHOWS", "GRADE", "SCORE",
           "TLS", "WHAT WEIGHS MOST");
    while (line_source_next(source, &line, &len) == LINE_SOURCE_LINE) {
        json_t *record = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
        const char *type = string_of(record, "type");
        if (type != NULL && strcmp(type, "domain") == 0) {
            json_array_append(domains, record);
        }
        json_decref(record);
    }
    line_source_close(source);
    print_rows(domains);
    json_decref(domains);
    printf("\nThe whole story, one JSON object a line: %s\n"
           "Your own list next:  ./mxgrade scan suppliers.csv -o results.jsonl\n"
           "One domain in words: ./mxgrade check example.com\n",
           demo->results);
    return true;
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

/* Impatient where a real network deserves patience: everything here is one machine. */
static int scan_fleet(const struct demo *demo)
{
    struct config config;
    config_init(&config);
    config.list = demo->list;
    config.output = demo->results;
    config.resolver = demo->fleet.resolver;
    config.port = demo->fleet.port;
    config.ca_file = demo->ca;
    (void)ehlo_name_parse("scanner.example.org", &config.ehlo);
    config.retry_wait = 1;
    config.limits.greeting = 3;
    config.allow_net.items[0] = "127.0.0.0/8";
    config.allow_net.num_items = 1;
    int status = options_finish(&config) ? run_scan(&config) : 3;
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

int command_demo(int argc, char **argv)
{
    struct demo demo = {.num_domains = 0};
    if (argc > 1) {
        bool is_help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
        fprintf(is_help ? stdout : stderr, "usage: mxgrade demo\n\nBrings up a simulated mail "
                                           "fleet on loopback and scans it; needs no network.\n");
        return is_help ? 0 : 2;
    }
    if (!make_folder(&demo)) {
        log_message("cannot make a folder for the demo; set TMPDIR");
        return 3;
    }
    int status = run_demo(&demo);
    fleet_process_stop(&demo.fleet);
    return status;
}
