#include "scanner/regrade/restore_endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "io/base/calendar.h"
#include "io/tls/tls_names.h"
#include "scanner/dialogue/service.h"
#include "scanner/evidence/facts.h"
#include "scanner/x509/chain.h"

/* ---- Numbers by their names ---- */

/* A record holds IANA names, or "0x" and hexadecimal digits; this gives their numbers. 0, which is
 * never negotiated, stands for a name that is not known. */
static uint16_t number_of(const char *name, bool (*find)(const char *name, uint16_t *out_number))
{
    uint16_t number = 0;
    if (name != NULL && !find(name, &number) && strncmp(name, "0x", 2) == 0) {
        number = (uint16_t)strtoul(name, NULL, 16);
    }
    return number;
}

static bool find_numbers(struct arena *arena, const struct name_list *names,
                         bool (*find)(const char *name, uint16_t *out_number),
                         const uint16_t **out_numbers, size_t *out_num)
{
    uint16_t *numbers = arena_alloc(arena, (names->num + 1) * sizeof(*numbers));
    if (numbers == NULL) {
        return false;
    }
    for (size_t i = 0; i < names->num; i++) {
        numbers[i] = number_of(names->items[i], find);
    }
    *out_numbers = numbers;
    *out_num = names->num;
    return true;
}

/* Counts the suites of TLS 1.3, which stand at the beginning of the list. */
static size_t count_tls13(const uint16_t *suites, size_t num_suites)
{
    size_t num = 0;
    while (num < num_suites) {
        const struct tls_suite *suite = tls_suites_find(suites[num]);
        if (suite == NULL || suite->kx != TLS_KX_TLS13) {
            break;
        }
        num++;
    }
    return num;
}

static bool restore_tls(struct endpoint_record *record, struct arena *arena)
{
    struct tls_facts *tls = &record->tls;
    record->tls_cipher_id = number_of(tls->cipher, tls_names_suite_of);
    if (!find_numbers(arena, &tls->group_names, tls_names_group_of, &tls->groups,
                      &tls->num_groups) ||
        !find_numbers(arena, &tls->curve_names, tls_names_group_of, &tls->curves,
                      &tls->num_curves) ||
        !find_numbers(arena, &tls->suite_names, tls_names_suite_of, &tls->suites,
                      &tls->num_suites)) {
        return false;
    }
    tls->num_suites_tls13 = count_tls13(tls->suites, tls->num_suites);
    return true;
}

/* ---- Certificates ---- */

/* Works out how many days the sent certificates had left. The record has the leaf's days. */
static bool restore_chain(const struct certificate_record **certificate, int64_t now,
                          struct arena *arena)
{
    if (*certificate == NULL) {
        return true;
    }
    size_t num = (*certificate)->num_sent;
    struct certificate_record *copy = arena_alloc(arena, sizeof(*copy));
    struct sent_certificate *sent = arena_alloc(arena, (num + 1) * sizeof(*sent));
    if (copy == NULL || sent == NULL) {
        return false;
    }
    *copy = **certificate;
    for (size_t i = 0; i < num; i++) {
        sent[i] = copy->sent[i];
        sent[i].days_left = sent[i].has_validity ? calendar_days_until(sent[i].not_after, now) : 0;
    }
    copy->sent = sent;
    *certificate = copy;
    return true;
}

/* ---- All together ---- */

static void forget_verdict(struct endpoint_record *record)
{
    record->grade = GRADE_U;
    record->score = 0;
    record->findings = NULL;
    record->num_findings = 0;
    memset(record->profiles, 0, sizeof(record->profiles));
}

bool restore_endpoint(struct endpoint_record *record, int64_t now, struct arena *arena)
{
    const struct service *service =
        record->service != NULL ? service_find(record->service, strlen(record->service)) : NULL;
    record->implicit_tls = service != NULL && service->implicit_tls;
    record->is_between_servers = service != NULL && service->is_between_servers;
    forget_verdict(record);
    facts_apply(record);
    return restore_tls(record, arena) && restore_chain(&record->certificate, now, arena) &&
           restore_chain(&record->certificate2, now, arena);
}
