#include "scanner/grading/endpoint_verdict.h"

#include <string.h>

#include "scanner/grading/judge.h"
#include "scanner/grading/profile.h"

void endpoint_verdict(struct judgement *judgement, struct endpoint_record *record,
                      struct endpoint_summary *summary)
{
    record->has_evidence = true;
    judge_endpoint(judgement, record);
    judge_profiles(record, judgement->arena);
    endpoint_summarise(record, &judgement->set, summary);
}

void endpoint_verdict_in_doubt(struct judgement *judgement, struct endpoint_record *record,
                               struct endpoint_summary *summary)
{
    struct endpoint_summary doubted = {0};
    record->dane = DANE_UNKNOWN;
    record->score = 0;
    record->open = 0;
    memset(record->profiles, 0, sizeof(record->profiles));
    endpoint_verdict(judgement, record, &doubted);
    summary->doubt = (struct endpoint_doubt){.grade = doubted.grade,
                                             .score = doubted.score,
                                             .open = doubted.open,
                                             .findings = doubted.findings};
}
