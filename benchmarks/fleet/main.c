/*
 * fleet: many thousand simulated mail hosts on 127/8 with their own DNS, for scale and
 * misbehaviour.
 */
#include <stdio.h>

#include "benchmarks/fleet/expect.h"
#include "benchmarks/fleet/options.h"
#include "benchmarks/fleet/serve.h"

static int finish(FILE *stream)
{
    return fflush(stream) == 0 && !ferror(stream) ? 0 : 3;
}

int main(int argc, char **argv)
{
    struct options options;
    if (!options_parse(&options, argc, argv)) {
        return 2;
    }
    switch (options.command) {
    case COMMAND_SERVE:
        return serve(&options);
    case COMMAND_LIST:
        expect_domains(&options, stdout);
        break;
    case COMMAND_HOSTS:
        expect_hosts(&options, stdout);
        break;
    case COMMAND_EXPECT:
        expect_records(&options, stdout);
        break;
    case COMMAND_BEHAVIOURS:
        expect_behaviours(stdout);
        break;
    case COMMAND_HELP:
        options_usage(stdout);
        break;
    }
    return finish(stdout);
}
