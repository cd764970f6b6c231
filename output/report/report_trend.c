#include "output/report/report_trend.h"

#include "output/record/record_json.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static void put_run(struct json_writer *out, const struct history_run *run)
{
    static const char *const names[] = {"domains", "domain_grades", "opportunistic_tls",
                                        "enforced_tls"};
    json_open_object(out);
    json_key(out, "run");
    json_int(out, run->key.id);
    json_key(out, "started");
    json_time(out, history_seconds(run->key.at), true);
    json_key(out, "policy");
    json_put_string(out, run->run.policy_digest);
    record_json_members(out, &record_of_summary, &run->summary, names, NUM(names));
    json_close_object(out);
}

void report_trend(struct json_writer *out, const struct history_runs *runs)
{
    if (runs == NULL) {
        json_put_null(out);
        return;
    }
    size_t num = runs->num_items;
    size_t first = num > REPORT_TREND_RUNS_MAX ? num - REPORT_TREND_RUNS_MAX : 0;
    json_open_array(out);
    for (size_t i = first; i < num; i++) {
        put_run(out, &runs->items[i]);
    }
    json_close_array(out);
}
