#include "scanner/cli/command_judge.h"

#include <stdio.h>

#include "scanner/base/log.h"
#include "scanner/cli/options.h"
#include "scanner/cli/sandbox_option.h"
#include "scanner/grading/acceptances.h"
#include "scanner/grading/policy_file.h"
#include "scanner/regrade/regrade.h"

#define ERROR_MAX 512

struct judge_options {
    const char *output;      /* NULL: standard output */
    const char *policy_file; /* NULL: the built-in policy */
    const char *accept_file; /* NULL: nothing is accepted */
    struct sandbox_options sandbox;
};

static int run(int argc, char **argv)
{
    static const int statuses[] = {[REGRADED] = 0, [REGRADED_REFUSED] = 2, [REGRADED_CUT] = 3};
    struct judge_options options = {0};
    struct operands operands;
    struct sandbox sandbox;
    struct policy policy = {.name = ""};
    char error[ERROR_MAX];
    int status;
    if (!options_parse(&command_judge, &options, argc, argv, NULL, &operands, &status)) {
        return status;
    }
    sandbox_begin(&sandbox, &options.sandbox);
    sandbox_allow(&sandbox, operands.names[0], SANDBOX_READ);
    sandbox_allow(&sandbox, options.policy_file, SANDBOX_READ);
    sandbox_allow(&sandbox, options.accept_file, SANDBOX_READ);
    sandbox_allow(&sandbox, options.output, SANDBOX_WRITE);
    sandbox_allow_temporary(&sandbox);
    sandbox_enter(&sandbox);
    policy_init(&policy);
    if (options.policy_file != NULL &&
        !policy_file_read(&policy, options.policy_file, error, sizeof(error))) {
        log_message("%s", error);
        return 2;
    }
    if (options.accept_file != NULL) {
        policy.accepted = acceptances_read(options.accept_file, error, sizeof(error));
        if (policy.accepted == NULL) {
            log_message("%s", error);
            return 2;
        }
    }
    status =
        statuses[regrade_file(operands.names[0], options.output, &policy, options.accept_file)];
    acceptances_free(policy.accepted);
    return status;
}

#define AT(field) offsetof(struct judge_options, field)

static const struct option_rule rules[] = {
    {"policy", 0, "FILE", OPTION_FILE, AT(policy_file), NULL,
     "re-weight findings by FILE (mxgrade explain policy)", .otherwise = "the built-in weights"},
    {"accept", 0, "FILE", OPTION_FILE, AT(accept_file), NULL,
     "findings that are lived with, of whom and until when; what the scan accepted is dropped",
     .otherwise = "nothing is accepted"},
    {"output", 'o', "FILE", OPTION_FILE, AT(output), NULL,
     "write to FILE (.zst compresses), which must not hold anything yet",
     .otherwise = "standard output"},
    SANDBOX_OPTION_OF_READERS(AT(sandbox)),
};

static const struct option_table options = OPTION_TABLE(rules);

const struct command command_judge = {
    .name = "judge",
    .run = run,
    .summary = "grade a result file again, by another policy",
    .about = "Judges the records of a result file (.zst too) again, without any connection, and "
             "writes the file with the new grades, findings and counts. Certificates are judged at "
             "the time of the scan. A file of a program before this command has no evidence and is "
             "refused.",
    .options = &options,
    .operands = "RESULTS",
    .operand = OPERAND_FILE,
    .min_operands = 1,
    .max_operands = 1,
    .wants = "one result file is needed",
    .notes = "Exit status: 0 done, 2 usage or a file that is refused, 3 cut short.\n",
};
