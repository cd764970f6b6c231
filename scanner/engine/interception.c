#include "scanner/engine/interception.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/hex.h"
#include "scanner/evidence/voice.h"

/* Two that agree are a reason to wait with what they accuse others of. */
#define AGREEING_MIN 2
#define SHOWN_MAX    160 /* of what they have in common, in bytes */
#define KEY_SHOWN    8   /* of a key's digest, in bytes */

/* Charges of the jury on the offer. */
enum offer { OFFER_NONE = 1, OFFER_OVERWRITTEN };

/* By what a server is known, in the low bits of a charge of the jury on identities. */
enum identity { IDENTITY_OWN, IDENTITY_BARE_VOICE, IDENTITY_VOICE, IDENTITY_KEY };
#define IDENTITY_BITS 3u

struct interception {
    atomic_bool is_settled; /* there will be no verdict: nobody needs to speak any more */
    pthread_mutex_t mutex;
    const struct network_watch *watch;
    struct jury identities;
    struct jury offers;      /* dismissed once STARTTLS was offered */
    uint64_t own_charges[2]; /* as charges, two keys by which servers spoke for themselves; or 0 */
    uint64_t shown_charge;   /* of the text below */
    char shown[SHOWN_MAX];
    size_t num_heard; /* testimonies, of related servers too */
    struct held_lines held;
    bool is_f_held;
    bool is_void;
    bool is_over; /* no line waits any more */
};

struct interception *interception_new(const struct network_watch *watch)
{
    struct interception *interception = calloc(1, sizeof(*interception));
    if (interception != NULL) {
        interception->watch = watch;
        pthread_mutex_init(&interception->mutex, NULL);
        held_lines_init(&interception->held);
    }
    return interception;
}

void interception_free(struct interception *interception)
{
    if (interception != NULL) {
        held_lines_fini(&interception->held);
        pthread_mutex_destroy(&interception->mutex);
        free(interception);
    }
}

/* ---- What is said ---- */

static uint64_t charge_of(uint64_t hash, enum identity identity)
{
    return (hash & ~(uint64_t)IDENTITY_BITS) | identity;
}

static enum identity identity_of(uint64_t charge)
{
    return (enum identity)(charge & IDENTITY_BITS);
}

static uint64_t charge_of_key(const struct interception *interception, const uint8_t *key)
{
    return charge_of(table_hash(interception->watch->seed, key, 32), IDENTITY_KEY);
}

/*
 * A server that speaks for itself is known by what no other has: its network. So is one that was
 * called by its address alone, as no certificate could name it: a list of addresses may be of the
 * servers of one owner.
 */
static uint64_t charge_by(const struct interception *interception, const struct juror *juror,
                          const struct network_place *place, const struct testimony *testimony)
{
    bool is_its_own = testimony->names_host || place->host == NULL;
    if (testimony->key == NULL) {
        uint64_t voice = voice_of(interception->watch->seed, testimony->greeting, testimony->ehlo);
        return charge_of(voice, testimony->is_offered ? IDENTITY_VOICE : IDENTITY_BARE_VOICE);
    }
    return is_its_own ? charge_of(juror->network, IDENTITY_OWN)
                      : charge_of_key(interception, testimony->key);
}

static void note_own_key(struct interception *interception, const struct testimony *testimony)
{
    if (testimony->key == NULL || !testimony->names_host) {
        return;
    }
    uint64_t charge = charge_of_key(interception, testimony->key);
    uint64_t *own = interception->own_charges;
    if (own[0] == 0) {
        own[0] = charge;
    } else if (own[0] != charge) {
        own[1] = charge;
    }
}

/* Printable ASCII in one line, for a message and a record. */
static void show(struct interception *interception, uint64_t charge,
                 const struct testimony *testimony)
{
    char *out = interception->shown;
    size_t len = 0;
    interception->shown_charge = charge;
    if (testimony->key != NULL) {
        len = (size_t)(hex_write(out, testimony->key, KEY_SHOWN, HEX_LOWER) - out);
    }
    for (size_t i = 0; testimony->key == NULL && i < testimony->greeting.len; i++) {
        char byte = testimony->greeting.bytes[i];
        if (byte == '\n' || byte == '\r' || len == SHOWN_MAX - 1) {
            break;
        }
        out[len++] = (char)(byte >= ' ' && byte < 0x7f && byte != '"' ? byte : '?');
    }
    out[len] = '\0';
}

static void hear_offer(struct interception *interception, const struct juror *juror,
                       const struct testimony *testimony)
{
    if (testimony->is_offered) {
        jury_dismiss(&interception->offers);
    } else {
        jury_hear(&interception->offers, juror,
                  testimony->is_overwritten ? OFFER_OVERWRITTEN : OFFER_NONE);
    }
}

/* Does a server speak for itself by a key that is not the common one? */
static bool is_contradicted(const struct interception *interception, uint64_t common)
{
    const uint64_t *own = interception->own_charges;
    return (own[0] != 0 && own[0] != common) || own[1] != 0;
}

/* How many of the unrelated networks are known by the same thing, if nearly all are; else 0. */
static size_t count_agreeing(const struct interception *interception, uint64_t *out_common)
{
    size_t count = jury_leading(&interception->identities, out_common);
    return !is_contradicted(interception, *out_common) &&
                   identity_of(*out_common) != IDENTITY_OWN &&
                   jury_is_verdict(&interception->identities, count, 1)
               ? count
               : 0;
}

static bool is_offer_overwritten(const struct interception *interception)
{
    return jury_is_verdict(&interception->offers,
                           jury_count(&interception->offers, OFFER_OVERWRITTEN),
                           INTERCEPTION_ENOUGH);
}

/* Some do not agree, and those that would have to are not there or not heard any more. */
static bool is_disagreed(const struct interception *interception)
{
    uint64_t common;
    return interception->own_charges[1] != 0 ||
           (interception->identities.num_votes == JURY_VOTES_MAX &&
            count_agreeing(interception, &common) == 0);
}

static bool is_settled(const struct interception *interception)
{
    const struct jury *offers = &interception->offers;
    bool is_offer_whole = offers->is_dismissed || (offers->num_votes == JURY_VOTES_MAX &&
                                                   !is_offer_overwritten(interception));
    return !interception->is_void && is_offer_whole && is_disagreed(interception);
}

bool interception_listens(const struct interception *interception)
{
    return !atomic_load_explicit(&interception->is_settled, memory_order_relaxed);
}

void interception_hear(struct interception *interception, const struct network_place *place,
                       const struct testimony *testimony)
{
    const struct juror juror = network_place_juror(interception->watch, place);
    const uint64_t charge = charge_by(interception, &juror, place, testimony);
    uint64_t leading;
    pthread_mutex_lock(&interception->mutex);
    interception->num_heard++;
    hear_offer(interception, &juror, testimony);
    note_own_key(interception, testimony);
    jury_hear(&interception->identities, &juror, charge);
    (void)jury_leading(&interception->identities, &leading);
    if (leading == charge && interception->shown_charge != charge) {
        show(interception, charge, testimony);
    }
    atomic_store_explicit(&interception->is_settled, is_settled(interception),
                          memory_order_relaxed);
    pthread_mutex_unlock(&interception->mutex);
}

/* ---- The verdict ---- */

static void judge_identities(const struct interception *interception,
                             struct interception_verdict *out)
{
    uint64_t common;
    size_t count = count_agreeing(interception, &common);
    enum identity identity = identity_of(common);
    bool is_bare = identity == IDENTITY_BARE_VOICE;
    if (count < INTERCEPTION_ENOUGH) {
        return;
    }
    out->num_votes = count;
    out->num_heard = interception->identities.num_votes;
    if (count >= (is_bare ? INTERCEPTION_ENOUGH : INTERCEPTION_ENOUGH_MADE)) {
        out->reason = identity == IDENTITY_KEY ? VOID_SAME_CERTIFICATE : VOID_SAME_GREETING;
    }
    out->is_suspicion = out->reason == VOID_NONE;
    if (identity == IDENTITY_KEY) {
        snprintf(
            out->detail, sizeof(out->detail),
            "one certificate (SHA-256 of its key: %s...), which names none of these hosts, was "
            "shown in %zu of %zu unrelated networks",
            interception->shown, count, out->num_heard);
    } else {
        snprintf(out->detail, sizeof(out->detail),
                 "one and the same server (\"%s\"), %s, answered in %zu of %zu unrelated networks",
                 interception->shown, is_bare ? "without STARTTLS" : "with STARTTLS that fails",
                 count, out->num_heard);
    }
}

static void judge_offers(const struct interception *interception, struct interception_verdict *out)
{
    const struct jury *offers = &interception->offers;
    size_t overwritten = jury_count(offers, OFFER_OVERWRITTEN);
    out->is_bare = jury_is_verdict(offers, offers->num_votes, INTERCEPTION_ENOUGH);
    if (is_offer_overwritten(interception)) {
        out->reason = VOID_STARTTLS_OVERWRITTEN;
        out->num_votes = overwritten;
        out->num_heard = offers->num_votes;
        snprintf(
            out->detail, sizeof(out->detail),
            "the offer of STARTTLS was overwritten (XXXXXXXA) in %zu of %zu unrelated networks",
            overwritten, out->num_heard);
    }
}

void interception_verdict(struct interception *interception, struct interception_verdict *out)
{
    *out = (struct interception_verdict){.reason = VOID_NONE};
    pthread_mutex_lock(&interception->mutex);
    judge_offers(interception, out);
    if (out->reason == VOID_NONE) {
        judge_identities(interception, out);
    }
    pthread_mutex_unlock(&interception->mutex);
}

/* ---- Lines ---- */

static bool is_accusing(enum grade grade)
{
    return grade == GRADE_C || grade == GRADE_D || grade == GRADE_F;
}

/* So many have spoken by now that, were they unrelated, there would be a verdict: the list is of
 * servers in a few networks. */
static bool is_verdict_far(const struct interception *interception, size_t num_agreeing)
{
    return num_agreeing < INTERCEPTION_ENOUGH &&
           interception->num_heard >= INTERCEPTION_ENOUGH_MADE;
}

static bool has_reason_to_wait(const struct interception *interception, enum grade grade)
{
    uint64_t common;
    if (interception->is_over || !is_accusing(grade) || !interception_listens(interception)) {
        return false;
    }
    if (grade == GRADE_F && interception->identities.num_votes < INTERCEPTION_ENOUGH) {
        return true;
    }
    size_t num_agreeing = count_agreeing(interception, &common);
    return num_agreeing >= AGREEING_MIN && !is_verdict_far(interception, num_agreeing);
}

/* A domain may rest on an endpoint whose line waits, and must not stand in the file without it. */
static bool has_to_wait(const struct interception *interception, enum grade grade)
{
    return has_reason_to_wait(interception, grade) ||
           (is_accusing(grade) && interception->held.num_lines > 0);
}

static void send_plain(const struct line_outlet *outlet, struct line_versions *versions)
{
    if (versions->doubted.bytes != NULL) {
        free(versions->voided.bytes);
        versions->voided.bytes = NULL;
        blame_line(outlet->blame, outlet->sink, versions);
    } else {
        line_versions_send(versions, &versions->plain, outlet->sink);
    }
}

static void send_line(const struct interception *interception, const struct line_outlet *outlet,
                      struct line_versions *versions)
{
    if (interception->is_void && versions->voided.bytes != NULL) {
        line_versions_send(versions, &versions->voided, outlet->sink);
    } else {
        send_plain(outlet, versions);
    }
}

static void send_all(struct interception *interception, const struct line_outlet *outlet)
{
    struct line_versions versions;
    while (held_lines_take(&interception->held, &versions)) {
        send_line(interception, outlet, &versions);
    }
    interception->is_f_held = false;
}

static bool hold(struct interception *interception, const struct line_versions *versions)
{
    enum grade grade = versions->plain.item.grade;
    bool is_held = held_lines_add(&interception->held, versions);
    interception->is_f_held = interception->is_f_held || (is_held && grade == GRADE_F);
    return is_held;
}

bool interception_may_void(struct interception *interception, enum grade grade)
{
    pthread_mutex_lock(&interception->mutex);
    bool may_void = interception->is_void || has_to_wait(interception, grade);
    pthread_mutex_unlock(&interception->mutex);
    return may_void;
}

void interception_line(struct interception *interception, const struct line_outlet *outlet,
                       struct line_versions *versions)
{
    pthread_mutex_lock(&interception->mutex);
    bool waits = versions->voided.bytes != NULL && !interception->is_void &&
                 has_to_wait(interception, versions->plain.item.grade);
    bool is_held = waits && hold(interception, versions);
    if (waits && (!is_held || interception->held.num_lines >= HELD_LINES_MAX)) {
        interception->is_over = true;
        send_all(interception, outlet);
    }
    if (!is_held) {
        send_line(interception, outlet, versions);
    }
    pthread_mutex_unlock(&interception->mutex);
}

void interception_settle(struct interception *interception, const struct line_outlet *outlet)
{
    pthread_mutex_lock(&interception->mutex);
    if (!has_reason_to_wait(interception, interception->is_f_held ? GRADE_F : GRADE_C)) {
        send_all(interception, outlet);
    }
    pthread_mutex_unlock(&interception->mutex);
}

void interception_convict(struct interception *interception, const struct line_outlet *outlet)
{
    pthread_mutex_lock(&interception->mutex);
    interception->is_void = true;
    interception->is_over = true;
    send_all(interception, outlet);
    pthread_mutex_unlock(&interception->mutex);
}

void interception_end(struct interception *interception, const struct line_outlet *outlet)
{
    pthread_mutex_lock(&interception->mutex);
    interception->is_over = true;
    send_all(interception, outlet);
    pthread_mutex_unlock(&interception->mutex);
}
