#include "scanner/cli/command_merge.h"

#include "output/merge/merge.h"
#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/cli/sandbox_option.h"

#define ERROR_MAX 1024

struct merge_options {
    const char *output; /* NULL: standard output */
    struct sandbox_options sandbox;
};

static void tell(void *user, const char *sentence)
{
    (void)user;
    log_message("%s", sentence);
}

static int run(int argc, char **argv)
{
    static const int statuses[] = {
        [MERGE_COMPLETE] = 0, [MERGE_INCOMPLETE] = 3, [MERGE_REFUSED] = 2, [MERGE_FAILED] = 3};
    struct merge_options options = {0};
    struct operands operands;
    struct sandbox sandbox;
    char error[ERROR_MAX];
    int status;
    if (!options_parse(&command_merge, &options, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    sandbox_begin(&sandbox, &options.sandbox);
    for (int i = 0; i < operands.num; i++) {
        sandbox_allow(&sandbox, operands.names[i], SANDBOX_READ);
    }
    sandbox_allow(&sandbox, options.output, SANDBOX_WRITE);
    sandbox_allow_temporary(&sandbox);
    sandbox_enter(&sandbox);
    const struct merge_request request = {
        .paths = (const char *const *)operands.names,
        .num_paths = (size_t)operands.num,
        .output = options.output,
        .tell = tell,
    };
    enum merge_status merged = merge_files(&request, error, sizeof(error));
    if (merged == MERGE_REFUSED || merged == MERGE_FAILED) {
        log_message("%s", error);
    }
    return statuses[merged];
}

static const struct option_rule rules[] = {
    {"output", 'o', "FILE", OPTION_FILE, offsetof(struct merge_options, output), NULL,
     "write to FILE (.zst compresses), which must not hold anything yet",
     .otherwise = "standard output"},
    SANDBOX_OPTION_OF_READERS(offsetof(struct merge_options, sandbox)),
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_merge = {
    .name = "merge",
    .run = run,
    .summary = "join the files of shards and of later scans to one",
    .about = "Joins result files (.zst too) to one: shards of a list (scan --shard), and later "
             "scans of the same domains, of which the later record counts. The counts of the "
             "summary are made anew. Files that do not belong together are refused.",
    .options = &options,
    .operands = "FILE...",
    .operand = OPERAND_FILE,
    .min_operands = 1,
    .max_operands = COMMAND_OPERANDS_ANY,
    .wants = "result files are needed",
    .notes = "Exit status: 0 each line of the list has its record, 2 usage or files that do not "
             "belong together, 3 lines were not scanned, or the output could not be written.\n",
};
