#include "scanner/cli/command_doctor.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "scanner/base/log.h"
#include "scanner/cli/scan_options.h"
#include "scanner/doctor/doctor.h"
#include "scanner/engine/target.h"

struct settings {
    struct config config; /* first */
    struct config_texts hosts;
    bool as_json;
};

static bool are_hosts(const struct config_texts *hosts)
{
    for (size_t i = 0; i < hosts->num_items; i++) {
        struct target_place place;
        const char *problem = target_read_place(hosts->items[i], strlen(hosts->items[i]), &place);
        hostname_release(place.host);
        if (problem != NULL) {
            log_message("--host %s: %s", hosts->items[i], problem);
            return false;
        }
    }
    return true;
}

static bool is_readable(const char *list)
{
    if (list == NULL || strcmp(list, "-") == 0 || access(list, R_OK) == 0) {
        return true;
    }
    log_message("%s: %s", list, strerror(errno));
    return false;
}

/* The list of the command line, or of a file; standard input only where it is named. */
static const char *list_of(const struct config *config, const struct operands *operands)
{
    if (operands->num > 0) {
        return operands->names[0];
    }
    return strcmp(config->list, "-") != 0 ? config->list : NULL;
}

static int run(int argc, char **argv)
{
    struct settings settings = {.as_json = false};
    struct operands operands;
    int status;
    config_init(&settings.config);
    if (scan_options_parse(&command_doctor, &settings.config, argc, argv, NULL, &operands,
                           &status)) {
        const struct doctor_options options = {
            .config = &settings.config,
            .hosts = &settings.hosts,
            .list = list_of(&settings.config, &operands),
            .as_json = settings.as_json,
        };
        if (are_hosts(&settings.hosts) && is_readable(options.list)) {
            status = doctor_examine(&options);
        }
    }
    config_fini(&settings.config);
    return status;
}

#define AT(field) offsetof(struct settings, field)

static const struct option_rule rules[] = {
    {"host", 0, "HOST[:PORT]", OPTION_TEXTS, AT(hosts), NULL,
     "call this mail server, a name or an address, in place of the list's first ones (repeatable; "
     "three are called at most)",
     .otherwise = "none"},
    {"json", 0, NULL, OPTION_FLAG, AT(as_json), NULL, "one JSON object a check", .standard = "no"},
};

static const struct option_table own = OPTION_TABLE(rules);

const struct command command_doctor = {
    .name = "doctor",
    .run = run,
    .summary = "is this machine fit to scan?",
    .about = "Looks whether this machine can do what a scan with the same options needs: outbound "
             "port 25, IPv6, the resolver, the name that servers are greeted with, open files, "
             "local ports, disk, clock, libraries and what confines a service. Each check is a "
             "line: that it is fine, or what is wrong and what to do.\n"
             "\n"
             "Of LIST the first servers are called, three at most; each is sent EHLO and QUIT. "
             "Without LIST and --host nobody is called. It takes 15 seconds at most.",
    .options = &scan_options,
    .own = &own,
    .operands = "[LIST|-]",
    .operand = OPERAND_FILE,
    .max_operands = 1,
    .wants = "one list at a time",
    .notes = "Exit status: 0 fit, as far as it was asked, 1 a check has failed, 2 usage or bad "
             "input, 3 none has failed and one could not be made.\n",
};
