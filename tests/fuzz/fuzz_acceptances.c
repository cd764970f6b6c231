/*
 * The file of accepted findings, out of any bytes: each line is taken or refused with a sentence,
 * and what was taken is found again under the name that it is for.
 */
#include "scanner/grading/acceptances.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void take_line(struct acceptances *acceptances, const uint8_t *data, size_t len,
                      unsigned number)
{
    char line[ACCEPTANCE_LINE_MAX];
    if (len >= sizeof(line)) {
        return;
    }
    memcpy(line, data, len);
    line[len] = '\0';
    const char *problem = acceptances_add(acceptances, line, number);
    require(problem == NULL || problem[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct acceptances *acceptances = acceptances_new();
    require(acceptances != NULL);
    const uint8_t *end = data + size;
    for (unsigned number = 1; data < end; number++) {
        const uint8_t *line_end = memchr(data, '\n', (size_t)(end - data));
        line_end = line_end != NULL ? line_end : end;
        take_line(acceptances, data, (size_t)(line_end - data), number);
        data = line_end < end ? line_end + 1 : end;
    }
    acceptances_judge_at(acceptances, 1796083200);
    static const char *const names[] = {"supplier.example", "mx1.provider.example", "192.0.2.1"};
    for (unsigned code = 0; code < FINDING_COUNT; code++) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            const struct accepted *accepted =
                acceptances_use(acceptances, names[i], (enum finding_code)code);
            require(accepted == NULL || accepted->until[0] != '\0');
        }
    }
    struct acceptance_counts counts;
    acceptances_count(acceptances, true, &counts);
    acceptances_free(acceptances);
    return 0;
}
