#include "scanner/grading/enforce.h"

#include <inttypes.h>
#include <string.h>

#include "output/record/record_enum.h"
#include "scanner/grading/enforce_address.h"
#include "scanner/grading/enforce_names.h"

#define PLACES_MAX     3 /* named in a reason; of more there is "..." */
#define NUM_ANSWERS    (ENFORCE_LEVEL_COUNT - 1)
#define BIT_OF(demand) (1u << (demand))

struct decision {
    const struct enforce_input *input;
    bool is_modern; /* the sender may refuse what is old and Postfix takes */
    struct arena *arena;
    struct enforce_record *out;
    struct enforce_answer *answers; /* by level, less 1 */
    const char **notes;
    size_t max_notes;
};

/* ---- Places in words ---- */

/* Text that grows by one place after the other. */
struct places {
    const char *text;
    unsigned num;
};

static const char *name_of(const struct enforce_host *host)
{
    return host->name != NULL ? hostname_text(host->name) : "an MX that names no host";
}

static void add_place(struct decision *decision, struct places *places, const char *place)
{
    if (place == NULL || ++places->num > PLACES_MAX + 1) {
        return;
    }
    const char *next = places->num > PLACES_MAX ? "..." : place;
    places->text =
        places->text == NULL ? next : arena_format(decision->arena, "%s; %s", places->text, next);
}

/* The address comes from a file: only one that can be read is named. */
static const char *place_of(struct decision *decision, const struct enforce_host *host,
                            const char *address, const char *because)
{
    return enforce_place_text(decision->arena, name_of(host), address, because);
}

/* ---- What the addresses allow ---- */

/* Why a demand is not met; addresses that fail stand apart from those of which nothing is known. */
struct tried {
    struct places failing, unknown;
    unsigned num_seen, num_met;
};

static bool does_not_exist(enum outcome outcome)
{
    return outcome == OUTCOME_DNS_NXDOMAIN || outcome == OUTCOME_DNS_NODATA ||
           outcome == OUTCOME_MX_INVALID;
}

static void try_address(struct decision *decision, const struct enforce_host *host, size_t index,
                        unsigned demands, struct tried *tried)
{
    const struct mx_endpoint *endpoint = &host->mx->endpoints[index];
    const struct endpoint_record *record = host->endpoints[index];
    const char *because = "";
    if (does_not_exist(endpoint->outcome) ||
        enforce_part_of(endpoint->outcome, record) != PART_SEEN) {
        return;
    }
    tried->num_seen++;
    if (record == NULL) {
        add_place(decision, &tried->unknown,
                  place_of(decision, host, endpoint->address, "has no record in the file"));
        return;
    }
    const struct enforce_address address = {record, decision->input->domain, decision->input->now};
    for (unsigned demand = 0; demand <= DEMAND_DOMAIN_NAME; demand++) {
        if ((demands & BIT_OF(demand)) == 0) {
            continue;
        }
        enum tri met = enforce_address_meets(&address, (enum enforce_demand)demand, &because);
        if (met != TRI_YES) {
            add_place(decision, met == TRI_NO ? &tried->failing : &tried->unknown,
                      place_of(decision, host, endpoint->address, because));
            return;
        }
    }
    tried->num_met++;
}

static void try_host(struct decision *decision, const struct enforce_host *host, unsigned demands,
                     struct tried *tried)
{
    for (size_t i = 0; i < host->mx->num_endpoints; i++) {
        try_address(decision, host, i, demands, tried);
    }
    if (host->mx->num_endpoints == 0 && host->name != NULL && !does_not_exist(host->mx->outcome)) {
        add_place(decision, &tried->unknown,
                  place_of(decision, host, NULL, outcome_text(host->mx->outcome)));
    }
}

static struct enforce_answer answer_of(enum enforce_level level, enum tri delivers,
                                       const char *reason)
{
    return (struct enforce_answer){
        .level = level, .delivers = delivers, .reason = delivers == TRI_YES ? NULL : reason};
}

/* The answer for another level that mail passes or fails for the same reason. */
static struct enforce_answer same_answer(enum enforce_level level,
                                         const struct enforce_answer *answer)
{
    struct enforce_answer same = *answer;
    same.level = level;
    return same;
}

/* Do all addresses meet the demands? */
static struct enforce_answer try_all(struct decision *decision, enum enforce_level level,
                                     unsigned demands)
{
    const struct enforce_input *input = decision->input;
    struct tried tried = {.num_seen = 0};
    if (decision->is_modern) {
        demands |= BIT_OF(DEMAND_MODERN);
        demands |= (demands & BIT_OF(DEMAND_TRUST)) != 0 ? BIT_OF(DEMAND_STRONG) : 0;
    }
    for (size_t i = 0; i < input->record->num_mx; i++) {
        try_host(decision, &input->hosts[i], demands, &tried);
    }
    if (tried.failing.num > 0) {
        struct enforce_answer answer = answer_of(level, TRI_NO, tried.failing.text);
        answer.others_deliver = tried.num_met > 0;
        return answer;
    }
    if (tried.unknown.num > 0) {
        return answer_of(level, TRI_UNKNOWN, tried.unknown.text);
    }
    return answer_of(level, tried.num_seen > 0 ? TRI_YES : TRI_UNKNOWN,
                     "none of its mail hosts could be observed");
}

/* ---- Levels ---- */

#define OF_TLS    BIT_OF(DEMAND_TLS)
#define OF_DANE   (OF_TLS | BIT_OF(DEMAND_LEVEL_1))
#define OF_HOST   (OF_DANE | BIT_OF(DEMAND_TRUST) | BIT_OF(DEMAND_HOST_NAME))
#define OF_DOMAIN (OF_DANE | BIT_OF(DEMAND_TRUST) | BIT_OF(DEMAND_DOMAIN_NAME))

/* The MX hosts as names that certificates can be held to; none where one of them is no such name.
 */
static struct enforce_name_list names_of_hosts(struct decision *decision)
{
    struct enforce_name_list names = {.arena = decision->arena};
    const struct enforce_input *input = decision->input;
    for (size_t i = 0; i < input->record->num_mx; i++) {
        const struct enforce_host *host = &input->hosts[i];
        if (!does_not_exist(host->mx->outcome) && host->name != NULL) {
            enforce_names_add(&names, hostname_text(host->name));
        }
    }
    return names;
}

static enum enforce_names who_names_hosts(const struct decision *decision,
                                          const struct enforce_name_list *names)
{
    bool are_own = true;
    for (size_t i = 0; i < names->num; i++) {
        are_own = are_own && enforce_name_is_within(names->items[i], decision->input->domain);
    }
    if (are_own) {
        return ENFORCE_NAMES_DOMAIN;
    }
    return decision->input->record->dnssec.value == TRI_YES ? ENFORCE_NAMES_SIGNED_MX
                                                            : ENFORCE_NAMES_UNSIGNED_MX;
}

/* Names that Postfix would take for a strategy, as "hostname", have no dot and are none of ours. */
static struct enforce_answer answer_verify(struct decision *decision,
                                           const struct enforce_name_list *hosts)
{
    struct enforce_answer answer = try_all(decision, ENFORCE_VERIFY, OF_HOST);
    if (answer.delivers == TRI_YES && hosts->has_other) {
        return answer_of(ENFORCE_VERIFY, TRI_NO,
                         "an MX host's name has one label, or more than a certificate may");
    }
    return answer;
}

/* TLS_README, "Secure server certificate verification": the names have to come from elsewhere than
 * an MX record that anybody may have forged. */
static struct enforce_answer answer_secure(struct decision *decision,
                                           const struct enforce_answer *verify,
                                           enum enforce_names who, bool *out_by_domain)
{
    struct enforce_answer by_domain = try_all(decision, ENFORCE_SECURE, OF_DOMAIN);
    bool is_named = verify->delivers == TRI_YES && who != ENFORCE_NAMES_UNSIGNED_MX;
    *out_by_domain = !is_named && by_domain.delivers == TRI_YES;
    if (is_named || *out_by_domain) {
        return answer_of(ENFORCE_SECURE, TRI_YES, NULL);
    }
    if (verify->delivers != TRI_YES) {
        return same_answer(ENFORCE_SECURE, verify);
    }
    return answer_of(ENFORCE_SECURE, TRI_NO,
                     "the MX records are not signed, and the certificates have no name of the "
                     "domain's own");
}

static const char *const mta_sts_reasons[] = {
    [MTA_STS_UNKNOWN] = "its MTA-STS policy could not be had",
    [MTA_STS_NONE] = "it has no MTA-STS policy",
    [MTA_STS_ENFORCE] = NULL,
    [MTA_STS_TESTING] = "its MTA-STS policy is in mode testing",
    [MTA_STS_OFF] = "its MTA-STS policy is in mode none",
    [MTA_STS_BROKEN] = "a host does not pass its MTA-STS policy",
    [MTA_STS_INVALID_RECORD] = "its MTA-STS record is invalid",
    [MTA_STS_FETCH_FAILED] = "its MTA-STS policy could not be fetched",
    [MTA_STS_SYNTAX_ERROR] = "its MTA-STS policy cannot be parsed",
    [MTA_STS_MX_MISMATCH] = "a host is not among those of its MTA-STS policy",
};

/* RFC 8461 section 3.2: a policy holds for max_age seconds from when it was fetched; section 5: in
 * mode enforce alone. */
static struct enforce_answer answer_mta_sts(struct decision *decision,
                                            const struct enforce_answer *verify,
                                            const struct enforce_name_list *patterns)
{
    const struct mta_sts_record *policy = &decision->input->record->mta_sts;
    if (policy->status != MTA_STS_ENFORCE) {
        bool is_open = policy->status == MTA_STS_UNKNOWN || policy->may_be_the_network;
        return answer_of(ENFORCE_MTA_STS, is_open ? TRI_UNKNOWN : TRI_NO,
                         mta_sts_reasons[policy->status]);
    }
    if (policy->max_age < 0 || patterns->num == 0) {
        return answer_of(ENFORCE_MTA_STS, TRI_NO, "its MTA-STS policy names no host or no time");
    }
    if (decision->input->scanned + (double)policy->max_age < (double)decision->input->now) {
        return answer_of(ENFORCE_MTA_STS, TRI_UNKNOWN,
                         "its MTA-STS policy was fetched longer ago than it holds");
    }
    return same_answer(ENFORCE_MTA_STS, verify);
}

static const char *const dane_reasons[] = {
    [DANE_UNKNOWN] = "whether it has DANE could not be seen",
    [DANE_NONE] = "it has no TLSA records",
    [DANE_VALID] = NULL,
    [DANE_MISMATCH] = "a certificate does not match its TLSA records",
    [DANE_UNUSABLE] = "its TLSA records are of no use",
    [DANE_INSECURE] = "its TLSA records are not signed",
    [DANE_TEMPERROR] = "its TLSA records could not be looked up",
    [DANE_BOGUS] = "its TLSA records, or what leads there, fail to validate",
    [DANE_PARTIAL] = "not every MX host has TLSA records that match, or the MX records are not "
                     "signed",
};

/* RFC 7672 section 8.1: the server is always named in the handshake. Usage 2 heeds dates: section
 * 3.1.2. */
static bool suits_dane(const struct decision *decision, const struct endpoint_record *record)
{
    const struct certificate_record *certificate = record->certificate;
    bool heeds_dates = record->dane_matched != NULL && record->dane_matched[0] == '2';
    bool has_ended = certificate != NULL && certificate->has_validity &&
                     certificate->not_after < decision->input->now;
    return !record->sni_intolerant && !(heeds_dates && has_ended);
}

static bool all_suit_dane(const struct decision *decision)
{
    for (size_t i = 0; i < decision->input->record->num_mx; i++) {
        const struct enforce_host *host = &decision->input->hosts[i];
        for (size_t k = 0; k < host->mx->num_endpoints; k++) {
            if (host->endpoints[k] != NULL && !suits_dane(decision, host->endpoints[k])) {
                return false;
            }
        }
    }
    return true;
}

static bool any_host_is_valid(const struct decision *decision)
{
    bool any = false;
    for (size_t i = 0; i < decision->input->record->num_mx; i++) {
        any = any || decision->input->hosts[i].mx->dane == DANE_VALID;
    }
    return any;
}

/* RFC 7672 section 2.2; postconf(5), "dane-only": without usable records no connection is made. */
static struct enforce_answer answer_dane(struct decision *decision)
{
    enum dane_status dane = decision->input->record->dane;
    if (dane != DANE_VALID) {
        bool is_open = dane == DANE_UNKNOWN || dane == DANE_TEMPERROR;
        struct enforce_answer answer =
            answer_of(ENFORCE_DANE, is_open ? TRI_UNKNOWN : TRI_NO, dane_reasons[dane]);
        answer.others_deliver = answer.delivers == TRI_NO && any_host_is_valid(decision);
        return answer;
    }
    if (!all_suit_dane(decision)) {
        return answer_of(ENFORCE_DANE, TRI_NO,
                         "a server must not be named in the handshake, or its certificate has "
                         "ended since the scan");
    }
    return try_all(decision, ENFORCE_DANE, OF_DANE);
}

/* ---- The server's name in the handshake ---- */

/* Of how many servers that were seen is it so that they must not be named? */
static void count_without_sni(const struct decision *decision, unsigned *out_without,
                              unsigned *out_with)
{
    *out_without = *out_with = 0;
    for (size_t i = 0; i < decision->input->record->num_mx; i++) {
        const struct enforce_host *host = &decision->input->hosts[i];
        for (size_t k = 0; k < host->mx->num_endpoints; k++) {
            if (host->endpoints[k] != NULL && host->endpoints[k]->has_tls) {
                *(host->endpoints[k]->sni_intolerant ? out_without : out_with) += 1;
            }
        }
    }
}

/* A policy is of a domain: it cannot name one server in the handshake and not the other. What the
 * others show without being named was not seen. */
static void heed_sni(struct decision *decision)
{
    unsigned without, with;
    count_without_sni(decision, &without, &with);
    decision->out->without_sni = without > 0;
    for (unsigned level = ENFORCE_VERIFY; without > 0 && with > 0 && level <= ENFORCE_MTA_STS;
         level++) {
        struct enforce_answer *answer = &decision->answers[level - 1];
        if (answer->delivers == TRI_YES) {
            *answer = answer_of((enum enforce_level)level, TRI_UNKNOWN,
                                "one server must not be named in the handshake, and what the "
                                "others show then was not seen");
        }
    }
}

/* ---- The strongest one ---- */

static struct enforce_name_list names_of_policy(struct decision *decision)
{
    struct enforce_name_list names = {.arena = decision->arena};
    const struct mta_sts_record *policy = &decision->input->record->mta_sts;
    for (size_t i = 0; i < policy->num_mx; i++) {
        enforce_names_add(&names, policy->mx[i]);
    }
    return names;
}

static struct enforce_name_list names_of_domain(struct decision *decision)
{
    struct enforce_name_list names = {.arena = decision->arena};
    const char *domain = hostname_text(decision->input->domain);
    enforce_names_add(&names, domain);
    const char *below = arena_format(decision->arena, "*.%s", domain);
    enforce_names_add(&names, below != NULL ? below : "");
    return names;
}

static void choose(struct decision *decision, enum enforce_level level,
                   const struct enforce_name_list *names, enum enforce_names who)
{
    struct enforce_record *out = decision->out;
    out->level = level;
    out->names = names != NULL ? names->items : NULL;
    out->num_names = names != NULL ? names->num : 0;
    out->names_from = out->num_names > 0 ? who : ENFORCE_NAMES_NONE;
    if (level == ENFORCE_MTA_STS) {
        out->stale = decision->input->scanned + (double)decision->input->record->mta_sts.max_age;
    }
}

/* Can the sender demand it? */
static bool can_demand(enum enforce_sender sender, enum enforce_level level)
{
    switch (level) {
    case ENFORCE_DANE:
    case ENFORCE_MTA_STS:
        return sender == ENFORCE_BY_ANY || sender == ENFORCE_BY_EXIM;
    case ENFORCE_SECURE:
        return sender != ENFORCE_BY_GOOGLE;
    default:
        return true;
    }
}

/* Exchange, New-OutboundConnector, TlsDomain: one name, or "*." and the name that all are below.
 * What a policy's names allow, a name for all of them allows too. */
static bool choose_one_name(struct decision *decision, const struct enforce_name_list *names,
                            enum enforce_names who)
{
    struct enforce_name_list one = {.arena = decision->arena};
    enforce_names_add(&one, enforce_names_in_one(names));
    if (one.num == 1) {
        choose(decision, ENFORCE_SECURE, &one, who);
    }
    return one.num == 1;
}

static void choose_for_exchange(struct decision *decision, const struct enforce_name_list *hosts,
                                enum enforce_names who, bool by_domain)
{
    bool is_secure = decision->answers[ENFORCE_SECURE - 1].delivers == TRI_YES && !by_domain;
    if (is_secure && choose_one_name(decision, hosts, who)) {
        return;
    }
    for (unsigned level = ENFORCE_VERIFY; level > ENFORCE_NONE; level--) {
        if (decision->answers[level - 1].delivers == TRI_YES) {
            choose(decision, (enum enforce_level)level, NULL, who);
            return;
        }
    }
}

static void choose_strongest(struct decision *decision, enum enforce_sender sender,
                             const struct enforce_name_list *hosts, enum enforce_names who,
                             bool by_domain)
{
    const struct enforce_name_list policy = names_of_policy(decision);
    const struct enforce_name_list domain = names_of_domain(decision);
    for (unsigned level = ENFORCE_DANE; level > ENFORCE_NONE; level--) {
        bool is_left_out = level == ENFORCE_SECURE && by_domain && sender != ENFORCE_BY_ANY;
        if (is_left_out || !can_demand(sender, (enum enforce_level)level) ||
            decision->answers[level - 1].delivers != TRI_YES) {
            continue;
        }
        switch (level) {
        case ENFORCE_MTA_STS:
            choose(decision, ENFORCE_MTA_STS, &policy, ENFORCE_NAMES_POLICY);
            return;
        case ENFORCE_SECURE:
            choose(decision, ENFORCE_SECURE, by_domain ? &domain : hosts,
                   by_domain ? ENFORCE_NAMES_DOMAIN : who);
            return;
        case ENFORCE_VERIFY:
            choose(decision, ENFORCE_VERIFY, hosts, who);
            return;
        default:
            choose(decision, (enum enforce_level)level, NULL, ENFORCE_NAMES_NONE);
            return;
        }
    }
}

/* ---- Notes ---- */

static void note(struct decision *decision, const char *text)
{
    if (text != NULL && decision->out->num_notes < decision->max_notes) {
        decision->notes[decision->out->num_notes++] = text;
    }
}

static void note_hosts(struct decision *decision)
{
    struct places silent = {.num = 0};
    for (size_t i = 0; i < decision->input->record->num_mx; i++) {
        const struct enforce_host *host = &decision->input->hosts[i];
        for (size_t k = 0; k < host->mx->num_endpoints; k++) {
            const struct mx_endpoint *endpoint = &host->mx->endpoints[k];
            if (enforce_part_of(endpoint->outcome, host->endpoints[k]) == PART_SILENT) {
                add_place(decision, &silent, place_of(decision, host, endpoint->address, NULL));
            }
        }
        if (host->mx->addresses_left > 0) {
            note(decision,
                 arena_format(decision->arena, "%" PRIu64 " addresses of %s were not asked",
                              host->mx->addresses_left, name_of(host)));
        }
    }
    if (silent.num > 0) {
        note(decision, arena_format(decision->arena, "took no connection: %s", silent.text));
    }
}

/* What the run left out: the scan was partial. */
static void note_open(struct decision *decision)
{
    static const enum question questions[] = {QUESTION_IPV4, QUESTION_IPV6, QUESTION_EXCLUDED};
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        if ((decision->input->record->open & QUESTION_BIT(questions[i])) != 0) {
            note(decision, arena_format(decision->arena, "not asked: %s",
                                        record_question.meanings[questions[i]]));
        }
    }
}

static void write_notes(struct decision *decision)
{
    decision->max_notes = decision->input->record->num_mx + 6;
    decision->notes = arena_alloc(decision->arena, decision->max_notes * sizeof(char *));
    if (decision->notes == NULL) {
        return;
    }
    note_open(decision);
    note_hosts(decision);
    decision->out->notes = decision->notes;
}

/* ---- All together ---- */

static void answer_alike(struct decision *decision, enum tri delivers, const char *reason)
{
    for (unsigned level = ENFORCE_ENCRYPT; level < ENFORCE_LEVEL_COUNT; level++) {
        decision->answers[level - 1] = answer_of((enum enforce_level)level, delivers, reason);
    }
}

static void answer_levels(struct decision *decision, enum enforce_sender sender)
{
    struct enforce_answer *answers = decision->answers;
    const struct enforce_name_list hosts = names_of_hosts(decision);
    const struct enforce_name_list policy = names_of_policy(decision);
    enum enforce_names who = who_names_hosts(decision, &hosts);
    bool by_domain;
    answers[ENFORCE_ENCRYPT - 1] = try_all(decision, ENFORCE_ENCRYPT, OF_TLS);
    answers[ENFORCE_VERIFY - 1] = answer_verify(decision, &hosts);
    const struct enforce_answer *verify = &answers[ENFORCE_VERIFY - 1];
    answers[ENFORCE_SECURE - 1] = answer_secure(decision, verify, who, &by_domain);
    answers[ENFORCE_MTA_STS - 1] = answer_mta_sts(decision, verify, &policy);
    answers[ENFORCE_DANE - 1] = answer_dane(decision);
    heed_sni(decision);
    if (sender == ENFORCE_BY_EXCHANGE) {
        choose_for_exchange(decision, &hosts, who, by_domain);
    } else {
        choose_strongest(decision, sender, &hosts, who, by_domain);
    }
}

bool enforce_decide(const struct enforce_input *input, enum enforce_sender sender,
                    struct arena *arena, struct enforce_record *out)
{
    const struct domain_record *record = input->record;
    *out = (struct enforce_record){
        .domain = hostname_text(input->domain),
        .input = record->input,
        .line = record->line,
        .fields = record->fields,
        .num_fields = record->num_fields,
        .takes_mail = record->mail != MAIL_NULL_MX && record->mail != MAIL_NONE,
    };
    struct decision decision = {.input = input, .arena = arena, .out = out};
    decision.is_modern = sender != ENFORCE_BY_ANY;
    decision.answers = arena_alloc(arena, NUM_ANSWERS * sizeof(decision.answers[0]));
    if (decision.answers == NULL) {
        return false;
    }
    out->answers = decision.answers;
    out->num_answers = NUM_ANSWERS;
    if (!out->takes_mail) {
        answer_alike(&decision, TRI_UNKNOWN, "it takes no mail");
    } else if (record->mail == MAIL_UNKNOWN) {
        answer_alike(&decision, TRI_UNKNOWN, outcome_text(record->dns_outcome));
    } else {
        answer_levels(&decision, sender);
        write_notes(&decision);
    }
    return !arena->has_failed;
}

bool enforce_would_fail(const struct enforce_record *record, enum enforce_level level,
                        struct enforce_answer *out_answer)
{
    *out_answer = record->answers[level - 1];
    return record->takes_mail && out_answer->delivers != TRI_YES;
}
