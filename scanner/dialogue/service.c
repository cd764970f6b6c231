#include "scanner/dialogue/service.h"

#include <string.h>

#include "scanner/dialogue/service_imap.h"
#include "scanner/dialogue/service_pop3.h"
#include "scanner/dialogue/service_sieve.h"
#include "scanner/dialogue/service_smtp.h"

static const struct service *const services[] = {
    &service_smtp,  &service_submission, &service_submissions, &service_imap,
    &service_imaps, &service_pop3,       &service_pop3s,       &service_sieve,
};

const struct service *service_find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strlen(services[i]->name) == len && memcmp(services[i]->name, name, len) == 0) {
            return services[i];
        }
    }
    return NULL;
}
