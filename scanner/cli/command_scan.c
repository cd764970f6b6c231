#include "scanner/cli/command_scan.h"

#include <string.h>
#include <unistd.h>

#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/engine/run.h"

/* What cannot be done of what was asked, or NULL. */
static const char *problem_of(const struct config *config)
{
    bool is_csv = strcmp(config->format, "csv") == 0;
    if (is_csv && config->resume) {
        return "--format csv goes without --resume; scan to JSON lines and turn these into CSV "
               "with \"mxgrade convert\"";
    }
    if (is_csv && config->hosts) {
        return "--format csv goes without --hosts, where there are no domains; scan to JSON lines";
    }
    return NULL;
}

int command_scan(int argc, char **argv)
{
    static const struct options_of options = {
        .usage = "scan [options] [LIST|-]",
        .notes = "SIGINT, SIGTERM or SIGHUP ends the run with the dialogues that are under way, a "
                 "second one within a second;\n--resume goes on with it. SIGUSR1 prints a line of "
                 "progress.\n",
    };
    struct config config;
    int first;
    int status = 2;
    config_init(&config);
    switch (options_parse(&config, argc, argv, &options, &first)) {
    case OPTIONS_HELP:
        status = 0;
        break;
    case OPTIONS_BAD:
        break;
    case OPTIONS_OK:
        if (argc - first > 1) {
            log_message("one list at a time; %s is one too many", argv[first + 1]);
        } else if (argc == first && isatty(STDIN_FILENO)) {
            log_message("no LIST given; name a file, or - for standard input (--help)");
        } else if (problem_of(&config) != NULL) {
            log_message("%s", problem_of(&config));
        } else {
            config.list = argc > first ? argv[first] : "-";
            status = run_scan(&config);
        }
        break;
    }
    config_fini(&config);
    return status;
}
