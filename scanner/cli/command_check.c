#include "scanner/cli/command_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/base/hostname.h"
#include "output/report/text_report.h"
#include "scanner/base/log.h"
#include "scanner/cli/scan_options.h"
#include "scanner/grading/policy.h"
#include "scanner/engine/run.h"
#include "scanner/cli/terminal.h"

#define PATH_SIZE 64

static const struct finding_rule *find_rule(const char *code)
{
    enum finding_code found = policy_find(code);
    return found != FINDING_COUNT ? policy_rule(found) : NULL;
}

/* A file in memory that has a name as long as it is open. */
static int memory_file(const char *name, char out_path[PATH_SIZE])
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    snprintf(out_path, PATH_SIZE, "/proc/self/fd/%d", fd);
    return fd;
}

static bool write_list(int fd, int num, char **domains)
{
    bool ok = true;
    for (int i = 0; i < num && ok; i++) {
        ok = dprintf(fd, "%s\n", domains[i]) > 0;
    }
    return ok;
}

static struct text_report_options report_options(void)
{
    const struct terminal terminal = terminal_of_stdout();
    return (struct text_report_options){
        .stream = stdout,
        .colour = terminal.colour,
        .utf8 = terminal.utf8,
        .width = terminal.width,
        .find_rule = find_rule,
    };
}

/* Results go to --output where it is given, else to a file in memory. */
static int check(const struct config *config, int num, char **domains)
{
    char list[PATH_SIZE], results[PATH_SIZE];
    int list_fd = memory_file("domains", list);
    int results_fd = memory_file("results", results);
    struct config scan = *config;
    scan.is_confined = true;
    int status = 3;
    if (list_fd < 0 || results_fd < 0 || !write_list(list_fd, num, domains)) {
        log_message("no memory for the results: %s", strerror(errno));
    } else {
        scan.list = list;
        scan.output_is_private = config->output == NULL;
        scan.output = config->output != NULL ? config->output : results;
        status = run_scan(&scan);
    }
    if (status == 0 || status == 1) {
        const struct text_report_options options = report_options();
        if (!text_report_print(scan.output, &options)) {
            log_message("cannot read the results back: %s", strerror(errno));
            status = 3;
        }
    }
    close(list_fd);
    close(results_fd);
    return status;
}

/* A person who mistyped a name wants to hear of it before a minute is spent on the others. */
static bool are_domains(int num, char **names)
{
    bool ok = true;
    for (int i = 0; i < num; i++) {
        const struct hostname *name;
        enum hostname_status status = hostname_parse(names[i], strlen(names[i]), &name);
        hostname_release(name);
        if (status != HOSTNAME_OK) {
            log_message("%s: %s", names[i], hostname_status_text(status));
            ok = false;
        }
    }
    return ok;
}

static int run(int argc, char **argv)
{
    struct config config;
    struct operands operands;
    int status;
    config_init(&config);
    if (scan_options_parse(&command_check, &config, argc, argv, NULL, &operands, &status) &&
        are_domains(operands.num, operands.names)) {
        status = check(&config, operands.num, operands.names);
    }
    config_fini(&config);
    return status;
}

static const char *const lacks[] = {"list", "format", "bom", "hosts", "history", "user", NULL};

const struct command command_check = {
    .name = "check",
    .run = run,
    .summary = "the same for a few domains, in words",
    .about = "Scans the mail servers of each DOMAIN and says in words what was seen.",
    .options = &scan_options,
    .lacks = lacks,
    .operands = "DOMAIN...",
    .operand = OPERAND_DOMAIN,
    .min_operands = 1,
    .max_operands = COMMAND_OPERANDS_ANY,
    .wants = "which domain? \"mxgrade check example.com\"",
    .notes = "Exit status: 0 done, 1 done and --fail-on was crossed, 2 usage or bad input, 3 it "
             "could not run or was cut short.\n",
};
