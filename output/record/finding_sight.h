/*
 * What records show of findings: whether one that is absent was looked for, and whether one that is
 * present rests on an observation. The policy knows it (scanner/grading/policy_sight.h) and hands
 * it to whoever compares records, as output/ decides nothing.
 *
 * Codes are such as records have them. A finding that the policy does not know, as an older file's
 * may be, is taken for one that every graded endpoint or domain shows.
 */
#ifndef MXGRADE_OUTPUT_FINDING_SIGHT_H
#define MXGRADE_OUTPUT_FINDING_SIGHT_H

#include <stdbool.h>

#include "output/record/record.h"

/* Answers of a domain's record that findings stand behind. */
enum record_answer { ANSWER_OPPORTUNISTIC, ANSWER_DANE, ANSWER_MTA_STS };

struct finding_sight {
    /* Does the finding say no more than that something could not be observed? */
    bool (*is_marker)(const char *code);

    /* Would the endpoint, or the domain, have the finding if it were so there? */
    bool (*endpoint_shows)(const char *code, const struct endpoint_record *endpoint);
    bool (*domain_shows)(const char *code, const struct domain_record *domain);

    /* May this endpoint have the finding one time and lack it another time, by chance? */
    bool (*may_be_chance)(const char *code, const struct endpoint_record *endpoint);

    /* Of a domain that has the finding: does it come from an observation? */
    bool (*domain_saw)(const char *code, const struct domain_record *domain);

    /* Does what is said of MTA-STS come from an answer? A policy that the network kept back is
     * none. */
    bool (*knows_mta_sts)(const struct domain_record *domain);

    /* Can the finding have moved that answer? */
    bool (*is_behind)(const char *code, enum record_answer answer);
};

#endif
