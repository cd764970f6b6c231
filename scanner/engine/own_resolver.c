#include "scanner/engine/own_resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/base/clock.h"
#include "io/dns/unbound_config.h"
#include "scanner/base/log.h"
#include "scanner/engine/route.h"

#define ROOT_ANCHOR   "/usr/share/dns/root.ds" /* of Debian's dns-root-data */
#define PROFILE       "/etc/apparmor.d/usr.sbin.unbound"
#define LOCAL_PROFILE "/etc/apparmor.d/local/usr.sbin.unbound"
#define UNBOUND_USER  "unbound"
#define TEXT_MAX      (1u << 20)

#define START_SECONDS 20
/* Between the choice of a port and unbound's taking it, somebody else may have taken it. */
#define PORTS_TRIED   3
#define SOCKETS_TRIED 20

/* What it says once its sockets are open. */
#define READY_LINE   "start of service"
#define TAKEN_LINE   "Address already in use"
#define REFUSED_LINE "ermission denied"

/* ---- What it is made of ---- */

/* Debian's place comes first: few users have it in their PATH. */
static const char *find_program(void)
{
    static const char *const places[] = {"/usr/sbin/unbound", "/usr/bin/unbound",
                                         "/usr/local/sbin/unbound"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (access(places[i], X_OK) == 0) {
            return places[i];
        }
    }
    return NULL;
}

/* The text of a file, to be freed; NULL: errno. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = file != NULL ? malloc(TEXT_MAX + 1) : NULL;
    size_t len = text != NULL ? fread(text, 1, TEXT_MAX, file) : 0;
    const bool failed = file != NULL && (ferror(file) != 0 || !(feof(file) != 0));
    const int error = len == TEXT_MAX ? EFBIG : errno;
    if (file != NULL) {
        fclose(file);
    }
    if (text == NULL || failed) {
        free(text);
        errno = error;
        return NULL;
    }
    text[len] = '\0';
    return text;
}

/* A socket bound to a port of the loopback address; 0: any. -1: it is taken. */
static int bind_port(int kind, uint16_t *port)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(name);
    int fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (bind(fd, (struct sockaddr *)&name, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&name, &len) != 0) {
        close(fd);
        return -1;
    }
    *port = ntohs(name.sin_port);
    return fd;
}

/* One that nobody uses at the moment, for TCP and for UDP; 0: there is none. */
static uint16_t free_port(void)
{
    bool is_free = false;
    uint16_t port = 0;
    for (unsigned i = 0; i < SOCKETS_TRIED && !is_free; i++) {
        port = 0;
        int tcp = bind_port(SOCK_STREAM, &port);
        int udp = tcp >= 0 ? bind_port(SOCK_DGRAM, &port) : -1;
        is_free = udp >= 0;
        if (tcp >= 0) {
            close(tcp);
        }
        if (udp >= 0) {
            close(udp);
        }
    }
    return is_free ? port : 0;
}

/* What a start takes, apart from the port. */
struct parts {
    struct unbound_command command;
    struct unbound_settings settings;
    char *more, *anchor; /* owned; NULL: none */
    unsigned more_line;
};

static void parts_fini(struct parts *parts)
{
    free(parts->more);
    free(parts->anchor);
}

/* Root does not run it as root. */
static bool choose_user(struct unbound_command *command)
{
    if (geteuid() != 0) {
        return true;
    }
    const struct passwd *user = getpwnam(UNBOUND_USER);
    if (user == NULL) {
        log_message("--resolver own: there is no user \"" UNBOUND_USER
                    "\", as which root starts it: install Debian's unbound, or run as another "
                    "user than root");
        return false;
    }
    command->has_user = true;
    command->uid = user->pw_uid;
    command->gid = user->pw_gid;
    return true;
}

static bool take_anchor(struct parts *parts)
{
    if (parts->more != NULL && unbound_config_has_anchor(parts->more)) {
        return true;
    }
    parts->anchor = read_text(ROOT_ANCHOR);
    if (parts->anchor == NULL || !unbound_config_is_anchor(parts->anchor)) {
        log_message("--resolver own: " ROOT_ANCHOR " has no keys of the root (%s): install "
                    "dns-root-data, or name a trust anchor in the file of --resolver-config",
                    parts->anchor == NULL ? strerror(errno) : "no record in it");
        return false;
    }
    return true;
}

static bool gather(struct parts *parts, const struct config *config, uint64_t num_names)
{
    struct address source;
    parts->command.program = find_program();
    if (parts->command.program == NULL) {
        log_message("--resolver own: unbound is not installed here: install it (apt-get install "
                    "unbound dns-root-data), or name a validating resolver with --resolver");
        return false;
    }
    if (config->resolver_config != NULL &&
        (parts->more = read_text(config->resolver_config)) == NULL) {
        log_message("%s: %s", config->resolver_config, strerror(errno));
        return false;
    }
    const bool has_ipv6 = route_source(6, &source);
    parts->settings = (struct unbound_settings){
        .num_threads = config->num_threads,
        .num_questions = config->dns_concurrency,
        .num_names = num_names,
        .has_ipv4 = route_source(4, &source) || !has_ipv6,
        .has_ipv6 = has_ipv6,
        .explains_failures = config->verbose,
        .more = parts->more,
    };
    if (!take_anchor(parts) || !choose_user(&parts->command)) {
        return false;
    }
    parts->settings.anchor = parts->anchor;
    return true;
}

/* ---- The start ---- */

static void on_line(void *user, const char *line)
{
    struct own_resolver *resolver = user;
    resolver->num_starts += strstr(line, READY_LINE) != NULL ? 1 : 0;
    log_trace(resolver->config, "unbound: %s", line);
}

static bool has_said(const struct own_resolver *resolver, const char *what)
{
    const char *line;
    for (size_t i = 0; (line = unbound_process_line(&resolver->process, i)) != NULL; i++) {
        if (strstr(line, what) != NULL) {
            return true;
        }
    }
    return false;
}

/* Until it takes questions (true), has ended, or has had time enough. */
static bool await_start(struct own_resolver *resolver)
{
    const struct moment begun = clock_now();
    double left = START_SECONDS;
    bool runs = true;
    while (runs && resolver->num_starts == 0 && left > 0) {
        unbound_process_wait(&resolver->process, (int)(left * 1000) + 1);
        runs = unbound_process_read(&resolver->process, on_line, resolver);
        left = START_SECONDS - moment_between(begun, clock_now());
    }
    return runs && resolver->num_starts > 0;
}

static bool start_on(struct own_resolver *resolver, struct parts *parts, uint16_t port)
{
    parts->settings.port = port;
    char *text = unbound_config_text(&parts->settings, &parts->more_line);
    parts->command.config = text;
    resolver->num_starts = 0;
    const bool has_begun =
        text != NULL && unbound_process_start(&resolver->process, &parts->command);
    if (!has_begun) {
        log_message("--resolver own: %s", text != NULL ? strerror(errno) : "out of memory");
    }
    free(text);
    return has_begun;
}

static void tell_failure(const struct own_resolver *resolver, const struct parts *parts)
{
    for (size_t i = UNBOUND_LINES; i-- > 0;) {
        const char *line = unbound_process_line(&resolver->process, i);
        if (line != NULL) {
            log_message("unbound: %s", line);
        }
    }
    if (parts->more != NULL) {
        log_message("%s begins in line %u of what unbound calls /proc/self/fd/0",
                    resolver->config->resolver_config, parts->more_line);
    }
    if (has_said(resolver, REFUSED_LINE) && access(PROFILE, F_OK) == 0) {
        log_message("if AppArmor keeps unbound from a file that %s names, put the line \"/path/of/"
                    "the/file r,\" into " LOCAL_PROFILE " and run apparmor_parser -r " PROFILE,
                    parts->more != NULL ? resolver->config->resolver_config : "its configuration");
    }
    log_message("--resolver own: unbound does not start; without it, name a validating resolver "
                "with --resolver");
}

static bool start(struct own_resolver *resolver, struct parts *parts)
{
    for (unsigned i = 0; i < PORTS_TRIED; i++) {
        const uint16_t port = free_port();
        if (port == 0) {
            log_message("--resolver own: no port of 127.0.0.1 is free: %s", strerror(errno));
            return false;
        }
        if (!start_on(resolver, parts, port)) {
            return false;
        }
        if (await_start(resolver)) {
            snprintf(resolver->address, sizeof(resolver->address), "127.0.0.1:%u", (unsigned)port);
            return true;
        }
        unbound_process_stop(&resolver->process);
        if (!has_said(resolver, TAKEN_LINE)) {
            break;
        }
    }
    tell_failure(resolver, parts);
    return false;
}

bool own_resolver_start(struct own_resolver *resolver, const struct config *config,
                        uint64_t num_names)
{
    struct parts parts = {.more = NULL};
    *resolver = (struct own_resolver){.config = config};
    unbound_process_init(&resolver->process);
    const bool ok = gather(&parts, config, num_names) && start(resolver, &parts);
    parts_fini(&parts);
    if (ok) {
        resolver->num_starts_told = resolver->num_starts;
        unbound_process_allow_restart(&resolver->process);
    }
    return ok;
}

/* ---- The run ---- */

enum own_resolver_news own_resolver_look(struct own_resolver *resolver)
{
    if (resolver->process.guardian == 0) {
        return OWN_RESOLVER_NO_NEWS;
    }
    if (!unbound_process_read(&resolver->process, on_line, resolver)) {
        resolver->status = unbound_process_stop(&resolver->process);
        return OWN_RESOLVER_ENDED;
    }
    if (resolver->num_starts == resolver->num_starts_told) {
        return OWN_RESOLVER_NO_NEWS;
    }
    resolver->num_starts_told = resolver->num_starts;
    return OWN_RESOLVER_STARTED_AGAIN;
}

void own_resolver_stop(struct own_resolver *resolver)
{
    if (resolver->config != NULL) {
        unbound_process_stop(&resolver->process);
    }
}
