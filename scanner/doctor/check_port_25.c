/* Can mail servers be reached from here, and is it they who answer? */
#include <stdio.h>
#include <string.h>

#include "scanner/dialogue/service.h"
#include "scanner/doctor/calls.h"
#include "scanner/doctor/checks.h"

#define NAME_MAX_SHOWN (HOSTNAME_SIZE + ADDRESS_TEXT_MAX + 16)

static const char *const words_of_ends[] = {
    [CALL_UNMADE] = "could not be called, for lack of memory, descriptors or ports here",
    [CALL_TIMED_OUT] = "did not answer at all",
    [CALL_REFUSED] = "refused the connection",
    [CALL_UNREACHABLE] = "cannot be reached",
    [CALL_CLOSED] = "accepted the connection and closed it without a greeting",
    [CALL_SILENT] = "accepted the connection and gave no greeting in time",
    [CALL_NOT_SMTP] = "does not speak SMTP",
};

static void show_place(const struct place *place, char out_text[NAME_MAX_SHOWN])
{
    char address[ADDRESS_TEXT_MAX];
    address_format(&place->address, address);
    if (place->host != NULL) {
        snprintf(out_text, NAME_MAX_SHOWN, "%s [%s]:%u", hostname_text(place->host), address,
                 place->port);
    } else {
        snprintf(out_text, NAME_MAX_SHOWN, "[%s]:%u", address, place->port);
    }
}

struct count {
    size_t num_greeted, num_unmade, num_with_capabilities, num_with_starttls;
    size_t first_greeted; /* where there is any */
};

static struct count count_results(const struct call_result *results, size_t num)
{
    struct count count = {0};
    for (size_t i = num; i-- > 0;) {
        count.num_greeted += results[i].end == CALL_GREETED;
        count.num_unmade += results[i].end == CALL_UNMADE;
        count.num_with_capabilities += results[i].has_capabilities;
        count.num_with_starttls += results[i].offers_starttls;
        count.first_greeted = results[i].end == CALL_GREETED ? i : count.first_greeted;
    }
    return count;
}

/* Nobody has greeted. */
static void judge_silence(const struct places *places, const struct call_result *results,
                          struct doctor_finding *finding)
{
    char shown[NAME_MAX_SHOWN];
    show_place(&places->items[0], shown);
    finding_set(finding, DOCTOR_FAILED, "none of the servers that were called (%zu) greeted: %s %s",
                places->num_items, shown, words_of_ends[results[0].end]);
    finding_advise(finding,
                   "have outbound port %u opened, which most access providers and clouds "
                   "block, or scan from elsewhere",
                   places->items[0].port);
}

static void judge(const struct places *places, const struct call_result *results,
                  struct doctor_finding *finding)
{
    char shown[NAME_MAX_SHOWN];
    const struct count count = count_results(results, places->num_items);
    if (count.num_unmade == places->num_items) {
        finding_set(finding, DOCTOR_UNKNOWN,
                    "no server could be called, for lack of memory, descriptors or ports");
        finding_advise(finding, "try again when this machine has less to do");
        return;
    }
    if (count.num_greeted == 0) {
        judge_silence(places, results, finding);
        return;
    }
    if (count.num_with_capabilities > 1 && count.num_with_starttls == 0) {
        finding_set(finding, DOCTOR_WARNING,
                    "%zu servers answered, and none offers STARTTLS: something on the way may take "
                    "the offer away",
                    count.num_with_capabilities);
        finding_advise(finding, "ask other servers with --host, or scan from another network");
        return;
    }
    show_place(&places->items[count.first_greeted], shown);
    finding_set(finding, DOCTOR_FINE, "%zu of %zu servers greeted; %s says \"%s\"",
                count.num_greeted, places->num_items, shown, results[count.first_greeted].greeting);
}

static void call_places(const struct examination *examination, const struct places *places,
                        struct doctor_finding *finding)
{
    struct call_result results[PLACES_MAX];
    if (places->num_items > 0) {
        calls_make(examination, places, results);
        judge(places, results, finding);
    } else if (places->num_named == 0) {
        finding_set(finding, DOCTOR_UNKNOWN,
                    "nobody was called: no mail server of the list's first lines was found");
        finding_advise(finding, "name servers with --host");
    } else {
        finding_set(finding, DOCTOR_UNKNOWN,
                    "nobody was called: of %zu hosts none has an address that may be contacted",
                    places->num_named);
        finding_advise(finding, "name servers with --host, or networks that are not public with "
                                "--allow-net");
    }
}

/* Is mail between servers among what is to be scanned? */
static bool wants_mail(const char *services)
{
    for (const char *at = services; *at != '\0';) {
        size_t len = strcspn(at, ",");
        const struct service *service = service_find(at, len);
        if (service != NULL && service->is_between_servers) {
            return true;
        }
        at += len + (at[len] == ',');
    }
    return false;
}

void check_port_25(struct examination *examination, struct doctor_finding *finding)
{
    char error[DOCTOR_TEXT_MAX];
    struct places places;
    if (examination->hosts->num_items == 0 && examination->list == NULL) {
        finding_set(finding, DOCTOR_NOT_ASKED, "no server was called");
        finding_advise(finding, "name a LIST, whose first servers are called then, or some with "
                                "--host");
    } else if (!wants_mail(examination->config->services)) {
        finding_set(finding, DOCTOR_NOT_ASKED, "--services has no smtp");
    } else if (!places_find(examination, &places, error, sizeof(error))) {
        finding_set(finding, DOCTOR_UNKNOWN, "%s", error);
        finding_advise(finding, "name servers with --host");
    } else {
        call_places(examination, &places, finding);
        places_fini(&places);
    }
}
