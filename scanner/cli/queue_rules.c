#include "scanner/cli/queue_rules.h"

#include "scanner/base/log.h"
#include "scanner/grading/policy_file.h"
#include "scanner/queue/queue_job.h"

bool queue_read_policy(const struct config *config, struct policy *out_policy)
{
    char error[512];
    policy_init(out_policy);
    if (config->policy_file == NULL ||
        policy_file_read(out_policy, config->policy_file, error, sizeof(error))) {
        return true;
    }
    log_message("%s", error);
    return false;
}

bool queue_check_name(const char *option, const char *name)
{
    if (name == NULL || queue_is_name(name)) {
        return true;
    }
    log_message(
        "%s: a name is of 1 to %d letters, digits and \"._-\", and begins with a letter or a "
        "digit",
        option, QUEUE_NAME_MAX);
    return false;
}
