/*
 * Are enough local ports free? A connection takes one of the kernel's range. Connections to
 * different servers may share one, so that what counts is the server that is called most: by
 * --per-address connections at once, one after the other, each of whose ports the kernel may keep
 * for a minute (TIME-WAIT, RFC 9293 section 3.4.2; Linux: 60 s).
 */
#include <stdio.h>
#include <stdlib.h>

#include "scanner/doctor/checks.h"

#define FOLDER            "/proc/sys/net/ipv4/"
#define PORTS             65536u
#define TIME_WAIT_SECONDS 60
/* No dialogue is shorter, by experience. */
#define DIALOGUES_A_SECOND 5
#define LINE_SIZE          4096

struct ports {
    bool is_taken[PORTS];
};

/* The first line of a file; false: there is none. */
static bool read_text(const char *path, char out_text[LINE_SIZE])
{
    FILE *file = fopen(path, "re");
    bool ok = file != NULL && fgets(out_text, LINE_SIZE, file) != NULL;
    if (file != NULL) {
        (void)fclose(file);
    }
    return ok;
}

/* "1024-2000,5000" */
static void take_reserved(struct ports *ports)
{
    char text[LINE_SIZE];
    char *at = text;
    bool is_more = read_text(FOLDER "ip_local_reserved_ports", text);
    while (is_more) {
        unsigned long first = strtoul(at, &at, 10);
        unsigned long last = *at == '-' ? strtoul(at + 1, &at, 10) : first;
        for (unsigned long port = first; port <= last && port < PORTS; port++) {
            ports->is_taken[port] = true;
        }
        is_more = *at == ',';
        at += is_more;
    }
}

/* "  0: 0100007F:0016 00000000:0000 0A ...": the second number of the second word is our port. */
static void take_used(struct ports *ports, const char *path)
{
    char line[512];
    unsigned port;
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%4x", &port) == 1 && port < PORTS) {
            ports->is_taken[port] = true;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static bool read_range(unsigned *out_first, unsigned *out_last)
{
    char text[LINE_SIZE];
    return read_text(FOLDER "ip_local_port_range", text) &&
           sscanf(text, "%5u %5u", out_first, out_last) == 2 && *out_first <= *out_last &&
           *out_last < PORTS;
}

static unsigned count_free(struct ports *ports, unsigned first, unsigned last)
{
    unsigned num_free = 0;
    take_reserved(ports);
    take_used(ports, "/proc/net/tcp");
    take_used(ports, "/proc/net/tcp6");
    for (unsigned port = first; port <= last; port++) {
        num_free += !ports->is_taken[port];
    }
    return num_free;
}

void check_local_ports(struct examination *examination, struct doctor_finding *finding)
{
    unsigned first, last;
    struct ports *ports = calloc(1, sizeof(*ports));
    if (ports == NULL || !read_range(&first, &last)) {
        finding_set(finding, DOCTOR_UNKNOWN, "the range of local ports cannot be read");
        finding_advise(finding, "mount /proc");
        free(ports);
        return;
    }
    unsigned num_free = count_free(ports, first, last);
    unsigned wanted =
        examination->config->per_address * (1 + TIME_WAIT_SECONDS * DIALOGUES_A_SECOND);
    if (num_free < wanted) {
        finding_set(finding, DOCTOR_FAILED,
                    "%u of the local ports %u to %u are free, and calls to one server may take %u",
                    num_free, first, last, wanted);
        finding_advise(finding, "widen net.ipv4.ip_local_port_range, end what takes so many, or "
                                "lower --per-address");
    } else {
        finding_set(finding, DOCTOR_FINE, "%u local ports are free", num_free);
    }
    free(ports);
}
