#include "scanner/grading/endpoint_verdict.h"

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
