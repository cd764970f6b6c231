/*
 * Is the name that servers are greeted with the name of the address that they see? They look up the
 * address's PTR, and whether that name leads back to the address (RFC 8601 section 3), and may
 * refuse whoever fails; RFC 5321 section 4.1.4 has them look up the name in EHLO too.
 */
#include <string.h>

#include "io/net/source_addresses.h"
#include "scanner/doctor/checks.h"
#include "scanner/doctor/questions.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/ehlo.h"
#include "scanner/engine/resolver.h"
#include "scanner/engine/route.h"

/* An address of this machine's, and what the DNS says of it. */
struct own_address {
    struct address address;
    char text[ADDRESS_TEXT_MAX];
    struct doctor_question ptr;
};

static void set_forward(struct doctor_question *question, const char *name,
                        const struct address *address)
{
    question_set(question, name, address->family == 4 ? DNS_A : DNS_AAAA);
}

static void ask_ptr(const struct examination *examination, struct own_address *own)
{
    char reverse[EHLO_REVERSE_SIZE];
    ehlo_reverse_name(&own->address, reverse);
    question_set(&own->ptr, reverse, DNS_PTR);
    questions_ask(examination, &own->ptr, 1);
}

/* ---- An address that servers see ---- */

/* Does the name that servers are greeted with lead to the address? */
static void check_greeting(const struct examination *examination, const struct own_address *own,
                           const char *name, struct doctor_finding *finding)
{
    struct doctor_question forward;
    const char *problem = ehlo_name_problem(&examination->ehlo);
    if (problem != NULL) {
        finding_set(finding, DOCTOR_FAILED, EHLO_NAME_PROBLEM, name, problem);
        finding_advise(finding, EHLO_NAME_REMEDY);
        return;
    }
    set_forward(&forward, name, &own->address);
    questions_ask(examination, &forward, 1);
    if (question_has_address(&forward, &own->address)) {
        finding_set(finding, DOCTOR_FINE, "%s is greeted from as %s, which leads back to it",
                    own->text, name);
        return;
    }
    finding_set(finding, DOCTOR_FAILED,
                "greeting as \"%s\", which does not lead to %s, the address that servers see; some "
                "servers will refuse it",
                name, own->text);
    finding_advise(finding, "give %s an address record of it, or --ehlo its own name, %s", name,
                   own->ptr.hosts[0]);
}

/* The PTR is there. Does it lead back? */
static void check_back(const struct examination *examination, const struct own_address *own,
                       struct doctor_finding *finding)
{
    struct doctor_question back;
    const char *name = own->ptr.hosts[0];
    set_forward(&back, name, &own->address);
    questions_ask(examination, &back, 1);
    /* Without --ehlo each address greets with its own name. */
    const char *given = examination->config->ehlo.text;
    const char *greeting = given[0] != '\0' ? given : name;
    if (!question_has_address(&back, &own->address)) {
        finding_set(finding, DOCTOR_FAILED,
                    "%s has the PTR name %s, which does not lead back to it; many servers refuse "
                    "such senders",
                    own->text, name);
        finding_advise(finding, "give %s the address record %s", name, own->text);
    } else if (strcmp(name, greeting) == 0) {
        finding_set(finding, DOCTOR_FINE, "%s is called %s, which leads back to it", own->text,
                    name);
    } else {
        check_greeting(examination, own, greeting, finding);
    }
}

/* An address that servers see as it is. */
static void check_address(const struct examination *examination, const struct address *address,
                          struct doctor_finding *finding)
{
    struct own_address own = {.address = *address};
    address_format(address, own.text);
    ask_ptr(examination, &own);
    if (own.ptr.num_hosts > 0) {
        check_back(examination, &own, finding);
    } else if (own.ptr.outcome == DNS_NXDOMAIN || own.ptr.outcome == DNS_NODATA) {
        finding_set(finding, DOCTOR_FAILED, "%s has no PTR name; many servers refuse such senders",
                    own.text);
        finding_advise(finding, "have whoever runs the network give it the name of this machine");
    } else {
        finding_set(finding, DOCTOR_UNKNOWN, "the PTR name of %s was not to be had (%s)", own.text,
                    dns_outcome_name(own.ptr.outcome));
        finding_advise(finding, "try again");
    }
}

/* ---- Behind an address that servers do not see ---- */

/* Does an address of the name have it for its PTR? */
static bool is_confirmed(const struct examination *examination, const char *name,
                         const struct doctor_question *forward)
{
    for (size_t i = 0; i < forward->num_addresses; i++) {
        struct own_address own = {.address = forward->addresses[i]};
        ask_ptr(examination, &own);
        for (size_t k = 0; k < own.ptr.num_hosts; k++) {
            if (strcmp(own.ptr.hosts[k], name) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* The address that servers see is not known here: the name of it can be looked at nevertheless. */
static void check_translated(const struct examination *examination, struct doctor_finding *finding)
{
    const char *name = examination->ehlo.text;
    struct doctor_question forward[2];
    question_set(&forward[0], name, DNS_A);
    question_set(&forward[1], name, DNS_AAAA);
    questions_ask(examination, forward, 2);
    if (is_confirmed(examination, name, &forward[0]) ||
        is_confirmed(examination, name, &forward[1])) {
        finding_set(finding, DOCTOR_FINE,
                    "%s is the name of its address; whether servers see that address cannot be "
                    "told here, behind a translation",
                    name);
    } else {
        finding_set(finding, DOCTOR_FAILED,
                    "greeting as \"%s\", of which no address has it for its PTR name; many servers "
                    "refuse such senders",
                    name);
        finding_advise(finding, "--ehlo the PTR name of the address that servers see");
    }
}

/* ---- All addresses ---- */

/* The address that servers see is not known here: behind a translation, or a proxy. */
static void check_unseen(const struct examination *examination, struct doctor_finding *finding)
{
    const char *problem = ehlo_name_problem(&examination->ehlo);
    if (problem != NULL) {
        finding_set(finding, DOCTOR_FAILED, EHLO_NAME_PROBLEM, examination->ehlo.text, problem);
        finding_advise(finding, EHLO_NAME_REMEDY);
    } else {
        check_translated(examination, finding);
    }
}

/* Looks at an address that is called from, unless an earlier one has its fault already. */
static void check_source(const struct examination *examination, const struct address *source,
                         struct doctor_finding *finding)
{
    bool is_first = finding->found[0] == '\0';
    if (!is_first && finding->status != DOCTOR_FINE) {
        return;
    }
    if (contact_check(examination->config, source) == OUTCOME_OK) {
        check_address(examination, source, finding);
    } else {
        check_unseen(examination, finding);
    }
}

/* Looks at the address that the route chooses, or at those of --source. */
static void check_family(const struct examination *examination, uint8_t family,
                         struct doctor_finding *finding)
{
    const struct source_addresses *sources = examination->config->sources;
    struct address source;
    if (sources == NULL && route_source(family, &source)) {
        check_source(examination, &source, finding);
    }
    for (size_t i = 0; sources != NULL && i < sources->num_items; i++) {
        if (sources->items[i].family == family) {
            check_source(examination, &sources->items[i], finding);
        }
    }
}

void check_name(struct examination *examination, struct doctor_finding *finding)
{
    const struct config *config = examination->config;
    if (examination->is_resolver_dead) {
        finding_set(finding, DOCTOR_UNKNOWN, "%s does not answer", resolver_name(config));
        return;
    }
    if (examination->ehlo.text[0] == '\0') {
        examination->ehlo = ehlo_of_route(config);
    }
    if (config->proxy != NULL) {
        check_unseen(examination, finding);
        return;
    }
    if (config->ipv4) {
        check_family(examination, 4, finding);
    }
    if (config->ipv6) {
        check_family(examination, 6, finding);
    }
    if (finding->found[0] == '\0') {
        finding_set(finding, DOCTOR_UNKNOWN, "this machine has no route to the world");
        finding_advise(finding, "give it a default route");
    }
}
