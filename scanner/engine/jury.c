#include "scanner/engine/jury.h"

#include <string.h>

/* Autonomous systems and prefixes must not be mistaken for each other. */
static uint64_t network_of(const struct table_seed *seed, const struct address *address,
                           uint32_t asn)
{
    uint8_t key[1 + 4] = {0};
    if (asn != 0) {
        memcpy(key + 1, &asn, sizeof(asn));
    } else {
        key[0] = address->family;
        memcpy(key + 1, address->bytes, address->family == 4 ? 2 : 4);
    }
    return table_hash(seed, key, sizeof(key));
}

struct juror jury_juror(const struct table_seed *seed, const struct address *address, uint32_t asn,
                        const struct hostname *host, uint64_t line)
{
    const char *provider = host != NULL ? hostname_organisation(host) : NULL;
    return (struct juror){
        .network = network_of(seed, address, asn),
        .provider = provider != NULL ? table_hash(seed, provider, strcspn(provider, ".")) : 0,
        .line = line,
    };
}

static bool is_same(const struct juror *a, const struct juror *b)
{
    return a->network == b->network && a->provider == b->provider && a->line == b->line;
}

static bool is_shared(uint64_t a, uint64_t b)
{
    return a == b && a != 0;
}

static bool is_related(const struct juror *a, const struct juror *b)
{
    return is_shared(a->network, b->network) || is_shared(a->provider, b->provider) ||
           is_shared(a->line, b->line);
}

void jury_hear(struct jury *jury, const struct juror *juror, uint64_t charge)
{
    for (size_t i = 0; i < jury->num_votes; i++) {
        struct jury_vote *vote = &jury->votes[i];
        if (is_same(&vote->juror, juror)) {
            vote->charge = charge;
            return;
        }
        if (is_related(&vote->juror, juror)) {
            return;
        }
    }
    if (jury->num_votes < JURY_VOTES_MAX) {
        jury->votes[jury->num_votes++] = (struct jury_vote){*juror, charge};
    }
}

void jury_dismiss(struct jury *jury)
{
    jury->is_dismissed = true;
}

void jury_clear(struct jury *jury)
{
    jury->num_votes = 0;
}

size_t jury_count(const struct jury *jury, uint64_t charge)
{
    size_t count = 0;
    for (size_t i = 0; i < jury->num_votes; i++) {
        count += jury->votes[i].charge == charge ? 1 : 0;
    }
    return count;
}

size_t jury_leading(const struct jury *jury, uint64_t *out_charge)
{
    size_t most = 0;
    *out_charge = 0;
    for (size_t i = 0; i < jury->num_votes && most * 2 <= jury->num_votes; i++) {
        size_t count = jury_count(jury, jury->votes[i].charge);
        if (count > most) {
            most = count;
            *out_charge = jury->votes[i].charge;
        }
    }
    return most;
}

bool jury_is_verdict(const struct jury *jury, size_t count, size_t enough)
{
    return !jury->is_dismissed && count >= enough && count * 100 >= jury->num_votes * JURY_PERCENT;
}
