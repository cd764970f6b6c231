/*
 * What a domain publishes about TLS, in TXT records and in the policy file: any bytes are read to
 * an end, what is called valid is complete, and what is kept is within its bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/base/arena.h"
#include "scanner/enforcement/mta_sts_policy.h"
#include "scanner/enforcement/mta_sts_txt.h"
#include "scanner/grading/policy_file.h"
#include "scanner/enforcement/tls_rpt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void read_policy(struct arena *arena, const uint8_t *data, size_t size)
{
    struct mta_sts_policy policy;
    require(mta_sts_policy_parse(arena, data, size, &policy));
    require(policy.num_mx <= MTA_STS_MX_MAX);
    if (policy.is_valid) {
        require(policy.mode != MTA_STS_MODE_UNKNOWN && policy.max_age >= 0);
        require(policy.mode == MTA_STS_MODE_NONE || policy.num_mx > 0);
    }
    const struct hostname *host;
    require(hostname_parse("mx.example.org", 14, &host) == HOSTNAME_OK);
    for (size_t i = 0; i < policy.num_mx; i++) {
        mta_sts_mx_matches(policy.mx[i], host);
    }
    hostname_release(host);
}

/* Records are set apart by NUL bytes. */
static size_t split(const uint8_t *data, size_t size, struct text records[8])
{
    size_t num = 0;
    while (size > 0 && num < 8) {
        const uint8_t *end = memchr(data, '\0', size);
        size_t len = end != NULL ? (size_t)(end - data) : size;
        records[num++] = (struct text){(const char *)data, len};
        size_t used = end != NULL ? len + 1 : len;
        data += used;
        size -= used;
    }
    return num;
}

static void read_records(struct arena *arena, const uint8_t *data, size_t size)
{
    struct text records[8];
    size_t num = split(data, size, records);
    struct mta_sts_txt txt;
    struct tls_rpt_record report;
    uint32_t problems;
    mta_sts_txt_select(records, num, &txt);
    require((txt.status == MTA_STS_TXT_VALID) == (txt.id[0] != '\0'));
    require(strlen(txt.id) <= MTA_STS_ID_MAX);
    require(tls_rpt_select(arena, records, num, &report, &problems));
    require(report.num_rua <= TLS_RPT_RUA_MAX);
    require(report.status.value != TRI_YES || report.num_rua > 0);
}

static void read_policy_file(const uint8_t *data, size_t size)
{
    static struct policy policy;
    char line[POLICY_FILE_LINE_MAX];
    size_t len = size < sizeof(line) - 1 ? size : sizeof(line) - 1;
    memcpy(line, data, len);
    line[len] = '\0';
    policy_init(&policy);
    policy_file_apply(&policy, line);
    policy_seal(&policy);
    require(strlen(policy.name) < POLICY_NAME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    read_policy(&arena, data, size);
    read_records(&arena, data, size);
    read_policy_file(data, size);
    arena_free(&arena);
    return 0;
}
