/* Does the resolver say of names that nobody has that they do not exist? */
#include <openssl/rand.h>
#include <string.h>

#include "io/base/hex.h"
#include "scanner/doctor/checks.h"
#include "scanner/doctor/questions.h"
#include "scanner/engine/resolver.h"

/* Nobody can have a name below it: RFC 6761 section 6.4. */
#define NOBODYS_DOMAIN "invalid"
#define RANDOM_BYTES   8
#define NAMES_MAX      (CONFIG_LIST_MAX + 1)

/* NULL without memory. */
static const struct hostname *random_name(void)
{
    uint8_t bytes[RANDOM_BYTES];
    char text[2 * RANDOM_BYTES + sizeof("." NOBODYS_DOMAIN)];
    const struct hostname *name;
    RAND_bytes(bytes, sizeof(bytes));
    char *end = hex_write(text, bytes, sizeof(bytes), HEX_LOWER);
    memcpy(end, "." NOBODYS_DOMAIN, sizeof("." NOBODYS_DOMAIN));
    (void)hostname_parse(text, strlen(text), &name);
    return name;
}

static void judge(const char *resolver, const struct hostname *name, enum name_sight sight,
                  struct doctor_finding *finding)
{
    switch (sight) {
    case NAME_ABSENT:
        finding_set(finding, DOCTOR_FINE, "%s says of a name that nobody has that there is none",
                    resolver);
        break;
    case NAME_THERE:
        finding_set(finding, DOCTOR_FAILED,
                    "%s has records of %s, a name that nobody has, so that dead domains would seem "
                    "to have mail servers",
                    resolver, hostname_text(name));
        finding_advise(finding, "name a resolver with --resolver that does not lie about names");
        break;
    case NAME_EMPTY:
        finding_set(finding, DOCTOR_WARNING,
                    "%s does not say of %s, a name that nobody has, that there is none", resolver,
                    hostname_text(name));
        finding_advise(finding, "name another resolver with --resolver");
        break;
    case NAME_UNKNOWN:
        finding_set(finding, DOCTOR_UNKNOWN, "%s has no answer about %s, a name that nobody has",
                    resolver, hostname_text(name));
        finding_advise(finding, "try again, or name another resolver with --resolver");
        break;
    }
}

/* How much it says of the resolver. */
static unsigned weight(enum name_sight sight)
{
    static const unsigned weights[] = {
        [NAME_ABSENT] = 0, [NAME_EMPTY] = 1, [NAME_UNKNOWN] = 2, [NAME_THERE] = 3};
    return weights[sight];
}

static void look_up(const struct examination *examination, const struct hostname *const *names,
                    size_t num_names, struct doctor_finding *finding)
{
    enum name_sight sights[NAMES_MAX];
    size_t worst = 0;
    questions_look_up(examination, names, num_names, sights);
    for (size_t i = 1; i < num_names; i++) {
        worst = weight(sights[i]) > weight(sights[worst]) ? i : worst;
    }
    judge(resolver_name(examination->config), names[worst], sights[worst], finding);
}

void check_nxdomain(struct examination *examination, struct doctor_finding *finding)
{
    const struct canaries *canaries = &examination->canaries;
    const struct hostname *names[NAMES_MAX];
    size_t num_absent = canaries->num_names - canaries->num_present;
    if (examination->is_resolver_dead) {
        finding_set(finding, DOCTOR_UNKNOWN, "%s does not answer",
                    resolver_name(examination->config));
        return;
    }
    names[0] = random_name();
    if (names[0] == NULL) {
        finding_set(finding, DOCTOR_UNKNOWN, "out of memory");
        return;
    }
    for (size_t i = 0; i < num_absent; i++) {
        names[1 + i] = canaries->names[canaries->num_present + i];
    }
    look_up(examination, names, 1 + num_absent, finding);
    hostname_release(names[0]);
}
