#include "scanner/cli/command_scan.h"

#include <unistd.h>

#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/engine/run.h"

int command_scan(int argc, char **argv)
{
    struct config config;
    int first;
    int status = 2;
    config_init(&config);
    switch (options_parse(&config, argc, argv, "scan [options] [LIST|-]", &first)) {
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
        } else {
            config.list = argc > first ? argv[first] : "-";
            status = run_scan(&config);
        }
        break;
    }
    config_fini(&config);
    return status;
}
