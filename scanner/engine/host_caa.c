#include "scanner/engine/host_caa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct climb {
    struct dns *dns;
    host_caa_callback callback;
    void *user;
    struct dns_waiter waiter;
    const struct hostname *host; /* a reference */
    const char *at;              /* inside its text */
};

static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

static size_t put_bytes(char *out, size_t room, const uint8_t *bytes, size_t len)
{
    size_t used = 0;
    for (size_t i = 0; i < len && used + 5 < room; i++) {
        int wrote = is_plain(bytes[i]) ? snprintf(out + used, room - used, "%c", bytes[i])
                                       : snprintf(out + used, room - used, "\\%03u", bytes[i]);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return used;
}

static bool host_caa_format(const uint8_t *data, size_t len, char out_text[CAA_TEXT_MAX])
{
    if (len < 2 || data[1] == 0 || len - 2 < data[1]) {
        return false;
    }
    const uint8_t *value = data + 2 + data[1];
    size_t used = (size_t)snprintf(out_text, CAA_TEXT_MAX, "%u ", data[0]);
    used += put_bytes(out_text + used, CAA_TEXT_MAX - used - 4, data + 2, data[1]);
    used += (size_t)snprintf(out_text + used, CAA_TEXT_MAX - used, " \"");
    used += put_bytes(out_text + used, CAA_TEXT_MAX - used - 1, value, len - 2 - data[1]);
    (void)snprintf(out_text + used, CAA_TEXT_MAX - used, "\"");
    return true;
}

static struct host_caa *caa_new(const struct dns_answer *answer)
{
    struct host_caa *caa = calloc(1, sizeof(*caa));
    for (size_t i = 0; caa != NULL && i < answer->num_records; i++) {
        const struct dns_record *record = &answer->records[i];
        if (caa->num_texts < CAA_TEXTS_MAX &&
            host_caa_format(record->data.bytes, record->data.len, caa->texts[caa->num_texts])) {
            caa->num_texts++;
        }
    }
    return caa;
}

static void finish(struct climb *climb, struct host_caa *caa, enum dns_outcome outcome)
{
    climb->callback(climb->user, caa, outcome);
    hostname_release(climb->host);
    free(climb);
}

static void on_answer(void *user, const struct dns_answer *answer)
{
    struct climb *climb = user;
    if (answer->outcome == DNS_OK) {
        struct host_caa *caa = caa_new(answer);
        finish(climb, caa, caa != NULL ? DNS_OK : DNS_SHORTAGE);
        return;
    }
    const char *dot = strchr(climb->at, '.');
    bool is_denied = answer->outcome == DNS_NODATA || answer->outcome == DNS_NXDOMAIN;
    if (!is_denied || dot == NULL) {
        finish(climb, NULL, answer->outcome);
        return;
    }
    climb->at = dot + 1;
    dns_ask(climb->dns, &climb->waiter, climb->at, DNS_CAA, on_answer, climb);
}

void host_caa_ask(struct dns *dns, const struct hostname *host, host_caa_callback callback,
                  void *user)
{
    struct climb *climb = calloc(1, sizeof(*climb));
    if (climb == NULL) {
        callback(user, NULL, DNS_SHORTAGE);
        return;
    }
    climb->dns = dns;
    climb->callback = callback;
    climb->user = user;
    climb->host = hostname_hold(host);
    climb->at = hostname_text(host);
    dns_ask(dns, &climb->waiter, climb->at, DNS_CAA, on_answer, climb);
}
