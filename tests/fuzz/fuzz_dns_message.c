/*
 * The answer parser on any bytes. The first byte of the input chooses the type asked for; the name
 * asked for is read from the message itself where it can be, so that most inputs get past the
 * comparison of the question.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/dns/dns.h"
#include "io/dns/dns_query.h"
#include "io/dns/dns_wire.h"

static const enum dns_type types[] = {DNS_A,    DNS_CNAME, DNS_PTR,  DNS_MX, DNS_TXT,
                                      DNS_AAAA, DNS_SRV,   DNS_TLSA, DNS_CAA};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* In the form that io/dns/dns.h promises; reads every byte up to the NUL. */
static void check_name(const char *name)
{
    size_t len = strlen(name);
    check(len < DNS_NAME_MAX);
    check(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_*+/=\\.") == len);
    check(strstr(name, "..") == NULL && name[0] != '.' && (len == 0 || name[len - 1] != '.'));
}

static void check_bytes(const uint8_t *bytes, size_t len)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        sum ^= bytes[i];
    }
    __asm__ volatile("" : : "r"(sum)); /* the reads must not be optimised away */
}

static void check_record(const struct dns_record *record, enum dns_type type)
{
    switch (type) {
    case DNS_A:
        check(record->address.family == 4);
        return;
    case DNS_AAAA:
        check(record->address.family == 6);
        return;
    case DNS_MX:
        check_name(record->mx.host);
        return;
    case DNS_SRV:
        check_name(record->srv.host);
        return;
    case DNS_CNAME:
    case DNS_PTR:
        check_name(record->host);
        return;
    case DNS_TXT:
    case DNS_TLSA:
    case DNS_CAA:
        check_bytes(record->data.bytes, record->data.len);
        return;
    case DNS_SOA:
        return; /* that there is one is all that is asked */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[DNS_NAME_MAX] = "a.example";
    size_t end;
    if (size < 1) {
        return 0;
    }
    enum dns_type type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
    const struct dns_wire wire = {data + 1, size - 1};
    if (!dns_wire_name(&wire, DNS_HEADER_LEN, name, &end)) {
        memcpy(name, "a.example", sizeof("a.example"));
    }
    check_name(name);
    struct dns_query query;
    char asked[DNS_NAME_MAX];
    if (dns_query_of_answer(wire.bytes, wire.len, asked, &query)) {
        check_name(query.name);
    }
    struct dns_answer *answer = dns_answer_parse(wire.bytes, wire.len, name, type);
    if (answer == NULL) {
        return 0;
    }
    check(answer->num_records <= DNS_RECORDS_MAX);
    check((answer->outcome == DNS_OK) == (answer->num_records > 0));
    check(answer->outcome != DNS_TIMED_OUT && !dns_is_our_failure(answer->outcome));
    check_name(answer->canonical);
    for (size_t i = 0; i < answer->num_records; i++) {
        check_record(&answer->records[i], type);
        check(answer->records[i].ttl >= answer->ttl);
    }
    dns_answer_free(answer);
    return 0;
}
