/* Options that several commands of the queue have, as rows of their tables. */
#ifndef MXGRADE_SCANNER_QUEUE_RULES_H
#define MXGRADE_SCANNER_QUEUE_RULES_H

#include "scanner/base/config.h"
#include "scanner/grading/policy.h"
#include "scanner/queue/queue_link.h"

/* How Redis is reached; `settings` has a member `access`. */
#define QUEUE_ACCESS_RULES(settings)                                                               \
    {"redis",                                                                                      \
     0,                                                                                            \
     "URL",                                                                                        \
     OPTION_TEXT,                                                                                  \
     offsetof(settings, access.url_text),                                                          \
     NULL,                                                                                         \
     "the Redis or Valkey server: redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], rediss:// "    \
     "for "                                                                                        \
     "TLS, or unix:///PATH[?db=DATABASE]",                                                         \
     .otherwise = "redis://127.0.0.1:6379"},                                                       \
        {"redis-auth",                                                                             \
         0,                                                                                        \
         "FILE",                                                                                   \
         OPTION_FILE,                                                                              \
         offsetof(settings, access.auth_file),                                                     \
         NULL,                                                                                     \
         "the first line of FILE is USER:PASSWORD or PASSWORD, which so stands in no list of "     \
         "processes",                                                                              \
         .otherwise = "what the URL says"},                                                        \
    {                                                                                              \
        "redis-ca", 0, "FILE", OPTION_FILE, offsetof(settings, access.ca_file), NULL,              \
            "with rediss://: trust these roots (PEM) in place of the system's",                    \
            .otherwise = "the system's roots"                                                      \
    }

#define QUEUE_JOB_RULE(settings, help_text, otherwise_text)                                        \
    {                                                                                              \
        "job", 0, "NAME", OPTION_TEXT, offsetof(settings, job), NULL, help_text,                   \
            .otherwise = otherwise_text                                                            \
    }

/* The digest of the policy that --policy names, or of the built-in one. False after a message. */
bool queue_read_policy(const struct config *config, struct policy *out_policy);

/* NULL is fine. False after a message: it is no name. */
bool queue_check_name(const char *option, const char *name);

#endif
