#include "scanner/doctor/places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io/list/domain_cell.h"
#include "io/list/supplier_list.h"
#include "scanner/doctor/questions.h"
#include "scanner/engine/contact.h"
#include "scanner/engine/exclude.h"
#include "scanner/engine/target.h"

#define SMTP_PORT 25
/* Looked at of the list, so that some of them have servers. */
#define LINES_MAX 8
#define HOSTS_MAX 16

/* Hosts whose addresses are looked up, or addresses. */
struct candidates {
    struct target_place items[HOSTS_MAX]; /* their hosts are references */
    size_t num_items;
};

static void add_candidate(struct candidates *candidates, const struct target_place *place)
{
    if (candidates->num_items < HOSTS_MAX) {
        struct target_place *item = &candidates->items[candidates->num_items++];
        *item = *place;
        item->host = hostname_hold(place->host);
    }
}

static void candidates_fini(struct candidates *candidates)
{
    while (candidates->num_items > 0) {
        hostname_release(candidates->items[--candidates->num_items].host);
    }
}

static void ask(const struct examination *examination, struct doctor_question *questions,
                size_t num)
{
    if (!examination->is_resolver_dead) {
        questions_ask(examination, questions, num);
    }
}

/* ---- Hosts that are named ---- */

/* NULL, or what is wrong with it. */
static const char *add_named(const struct examination *examination, const char *text, size_t len,
                             struct candidates *candidates)
{
    struct target_place place = {.host = NULL};
    const char *problem = target_read_place(text, len, &place);
    if (problem == NULL &&
        (place.host == NULL || !exclude_has_name(examination->config->exclude, place.host))) {
        add_candidate(candidates, &place);
    }
    hostname_release(place.host);
    return problem;
}

static bool add_hosts(const struct examination *examination, struct candidates *candidates,
                      char *out_error, size_t error_size)
{
    for (size_t i = 0; i < examination->hosts->num_items; i++) {
        const char *text = examination->hosts->items[i];
        const char *problem = add_named(examination, text, strlen(text), candidates);
        if (problem != NULL) {
            snprintf(out_error, error_size, "--host %s: %s", text, problem);
            return false;
        }
    }
    return true;
}

/* ---- The first lines of the list ---- */

struct domains {
    const struct hostname *items[LINES_MAX]; /* references */
    size_t num_items;
};

/* What a line says; one that cannot be used is passed over, which is no matter of this machine. */
static void take_line(const struct examination *examination, const struct supplier *supplier,
                      struct domains *domains, struct candidates *candidates)
{
    if (supplier->problem != NULL) {
        return;
    }
    if (examination->config->hosts) {
        (void)add_named(examination, supplier->cell, supplier->cell_len, candidates);
        return;
    }
    const struct hostname *name;
    enum domain_cell_form form;
    struct csv_cell cell = {supplier->cell, supplier->cell_len};
    cell = domain_cell_find(cell, supplier->is_web, &form);
    bool ok = hostname_parse(cell.bytes, cell.len, &name) == HOSTNAME_OK;
    if (ok && !exclude_has_name(examination->config->exclude, name)) {
        domains->items[domains->num_items++] = name;
    } else {
        hostname_release(name);
    }
}

/* False: out_error says why, after the name of the list. */
static bool read_list(const struct examination *examination, int fd, struct domains *domains,
                      struct candidates *candidates, char *out_error, size_t error_size)
{
    const struct supplier_list_options options = {
        .host_mode = examination->config->hosts,
        .column = examination->config->column,
        .encoding = examination->config->encoding,
        .sheet = examination->config->sheet,
    };
    struct supplier_list *list = supplier_list_new(fd, &options);
    struct supplier supplier;
    enum supplier_list_status status = SUPPLIER_LIST_PASSED;
    if (list == NULL) {
        snprintf(out_error, error_size, "%s: out of memory", examination->list);
        return false;
    }
    for (size_t i = 0;
         i < LINES_MAX && (status == SUPPLIER_LIST_ITEM || status == SUPPLIER_LIST_PASSED); i++) {
        status = supplier_list_next(list, &supplier);
        if (status == SUPPLIER_LIST_ITEM) {
            take_line(examination, &supplier, domains, candidates);
        }
    }
    if (status == SUPPLIER_LIST_ERROR) {
        const char *problem = supplier_list_problem(list);
        snprintf(out_error, error_size, "%s: %s", examination->list,
                 problem != NULL ? problem : strerror(errno));
    }
    supplier_list_free(list);
    return status != SUPPLIER_LIST_ERROR;
}

/* A name from the DNS that cannot be a host is passed over. */
static void add_exchanger(const struct examination *examination, const char *text,
                          struct candidates *candidates)
{
    struct target_place place = {.host = NULL};
    if (hostname_parse_any(text, strlen(text), &place.host) == HOSTNAME_OK &&
        !exclude_has_name(examination->config->exclude, place.host)) {
        add_candidate(candidates, &place);
    }
    hostname_release(place.host);
}

/* The first host of each domain, then the second ones, and so on. Without MX records it is the
 * domain itself (RFC 5321 section 5.1). */
static void add_exchangers(const struct examination *examination, const struct domains *domains,
                           struct candidates *candidates)
{
    struct doctor_question questions[LINES_MAX];
    for (size_t i = 0; i < domains->num_items; i++) {
        question_set(&questions[i], hostname_text(domains->items[i]), DNS_MX);
    }
    ask(examination, questions, domains->num_items);
    for (size_t rank = 0; rank < QUESTION_HOSTS_MAX; rank++) {
        for (size_t i = 0; i < domains->num_items; i++) {
            if (rank < questions[i].num_hosts) {
                add_exchanger(examination, questions[i].hosts[rank], candidates);
            } else if (rank == 0 && questions[i].outcome == DNS_NODATA) {
                add_exchanger(examination, questions[i].name, candidates);
            }
        }
    }
}

static bool add_of_list(const struct examination *examination, struct candidates *candidates,
                        char *out_error, size_t error_size)
{
    struct domains domains = {.num_items = 0};
    bool is_standard_input = strcmp(examination->list, "-") == 0;
    int fd = is_standard_input ? STDIN_FILENO : open(examination->list, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        snprintf(out_error, error_size, "%s: %s", examination->list, strerror(errno));
        return false;
    }
    bool ok = read_list(examination, fd, &domains, candidates, out_error, error_size);
    if (!is_standard_input) {
        close(fd);
    }
    add_exchangers(examination, &domains, candidates);
    while (domains.num_items > 0) {
        hostname_release(domains.items[--domains.num_items]);
    }
    return ok;
}

/* ---- Addresses ---- */

/* Addresses of one network are likely to be one provider's. */
static bool are_near(const struct address *a, const struct address *b)
{
    const struct prefix around = prefix_around(a, a->family == 4 ? 24 : 48);
    return a->family == b->family && prefix_contains(&around, b);
}

static void take_address(const struct examination *examination, const struct target_place *named,
                         const struct address *address, bool wants_far, struct places *places)
{
    bool is_unwanted = contact_check(examination->config, address) != OUTCOME_OK;
    for (size_t i = 0; i < places->num_items; i++) {
        const struct address *other = &places->items[i].address;
        is_unwanted |= wants_far ? are_near(other, address) : address_equal(other, address);
    }
    if (!is_unwanted && places->num_items < PLACES_MAX) {
        uint16_t port = examination->config->port != 0 ? examination->config->port : SMTP_PORT;
        places->items[places->num_items++] =
            (struct place){.host = hostname_hold(named->host),
                           .address = *address,
                           .port = named->port != 0 ? named->port : port};
    }
}

/* What the DNS says of a candidate that is a name. */
struct looked_up {
    struct doctor_question questions[2 * HOSTS_MAX]; /* A and AAAA of each name */
    size_t num_questions;
};

static void take_addresses(const struct examination *examination, const struct target_place *named,
                           const struct doctor_question *answers, bool wants_far,
                           struct places *places)
{
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < answers[i].num_addresses; k++) {
            take_address(examination, named, &answers[i].addresses[k], wants_far, places);
        }
    }
}

static void choose(const struct examination *examination, const struct candidates *candidates,
                   const struct looked_up *looked_up, bool wants_far, struct places *places)
{
    const struct doctor_question *answers = looked_up->questions;
    for (size_t i = 0; i < candidates->num_items; i++) {
        const struct target_place *named = &candidates->items[i];
        if (named->host == NULL) {
            take_address(examination, named, &named->address, wants_far, places);
        } else {
            take_addresses(examination, named, answers, wants_far, places);
            answers += 2;
        }
    }
}

static void look_up(const struct examination *examination, const struct candidates *candidates,
                    struct places *places)
{
    struct looked_up looked_up = {.num_questions = 0};
    for (size_t i = 0; i < candidates->num_items; i++) {
        if (candidates->items[i].host != NULL) {
            const char *name = hostname_text(candidates->items[i].host);
            question_set(&looked_up.questions[looked_up.num_questions++], name, DNS_A);
            question_set(&looked_up.questions[looked_up.num_questions++], name, DNS_AAAA);
        }
    }
    ask(examination, looked_up.questions, looked_up.num_questions);
    choose(examination, candidates, &looked_up, true, places);
    choose(examination, candidates, &looked_up, false, places);
}

bool places_find(const struct examination *examination, struct places *out_places, char *out_error,
                 size_t error_size)
{
    struct candidates candidates = {.num_items = 0};
    *out_places = (struct places){.num_items = 0};
    bool ok = examination->hosts->num_items > 0
                  ? add_hosts(examination, &candidates, out_error, error_size)
                  : add_of_list(examination, &candidates, out_error, error_size);
    out_places->num_named = candidates.num_items;
    if (ok) {
        look_up(examination, &candidates, out_places);
    }
    candidates_fini(&candidates);
    return ok;
}

void places_fini(struct places *places)
{
    while (places->num_items > 0) {
        hostname_release(places->items[--places->num_items].host);
    }
}
