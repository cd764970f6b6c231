#include "scanner/engine/notices.h"

#include <stdio.h>

#include "io/net/source_addresses.h"
#include "scanner/base/log.h"
#include "scanner/engine/resolver.h"

/*
 * Where the DNS answers and connections come to nothing everywhere, alike, it is the network
 * between (most access providers and clouds forbid port 25): then nothing can be said of anyone.
 */
static const char *text_of(enum network_trouble trouble)
{
    switch (trouble) {
    case NETWORK_DROPS:
        return "looks BLOCKED here: there was no answer at all, while DNS works,";
    case NETWORK_REFUSES:
        return "looks BLOCKED here: connections were refused";
    case NETWORK_UNREACHABLE:
        return "cannot be reached from here: there is no way, or it is prohibited,";
    case NETWORK_PROXY:
        return "cannot be reached from here: the proxy let no connection through";
    case NETWORK_CLOSES:
        return "looks INTERCEPTED here: connections were accepted and closed without a greeting";
    case NETWORK_IS_SILENT:
        return "looks INTERCEPTED here: connections were accepted, and no greeting came,";
    case NETWORK_FINE:
        break;
    }
    return "works";
}

static void notice_trouble(unsigned port, const struct network_verdict *verdict)
{
    log_message("outbound port %u %s in %zu of %zu unrelated networks. Nothing more can be graded "
                "from this machine: once the port is open, go on with --resume.",
                port, text_of(verdict->trouble), verdict->num_votes, verdict->num_heard);
}

void notice_waiting(unsigned port)
{
    log_message(
        "every server accepts the connection to port %u and none has greeted so far: it may "
        "be intercepted here, or all of them may be slow. No further line is begun meanwhile, and "
        "the run ends if none greets.",
        port);
}

void notice_no_answer(unsigned port, const struct network_verdict *verdict)
{
    log_message("no server of this list answered, in %zu unrelated networks: outbound port %u may "
                "be blocked here, but so few do not show it. Try a server that is known to answer.",
                verdict->num_heard, port);
}

void notice_intercepted(unsigned port, const struct interception_verdict *verdict)
{
    log_message("outbound port %u looks INTERCEPTED here: %s. Something on the way speaks in place "
                "of the servers. Nothing is graded: run it from another network; --resume then "
                "asks for all of these lines again.",
                port, verdict->detail);
}

void notice_uniform(unsigned port, const struct interception_verdict *verdict)
{
    if (verdict->is_suspicion) {
        log_message("%s, and no other was seen. That may be a maker's default. If these servers "
                    "are not of one make, something between here and port %u speaks in place of "
                    "them: compare from another network.",
                    verdict->detail, port);
    } else if (verdict->is_bare) {
        log_message("no server of this list offers STARTTLS. If that is not what the list was made "
                    "of, something between here and port %u may take the offer out: compare from "
                    "another network.",
                    port);
    }
}

void notice_dead_resolver(const struct config *config, uint64_t num_failed)
{
    log_message("the DNS looks DEAD here: none of the last %llu questions to %s was answered. Once "
                "it answers, go on with --resume, or begin anew with another "
                "--resolver.",
                (unsigned long long)num_failed, resolver_name(config));
}

void notice_own_resolver(const struct own_resolver *resolver, enum own_resolver_news news)
{
    const int status = resolver->status;
    if (news == OWN_RESOLVER_STARTED_AGAIN) {
        log_message("unbound, the resolver of this run, has ended and was started again. Nothing "
                    "is lost; if it ends once more, so does the run.");
    } else if (news == OWN_RESOLVER_ENDED) {
        log_message("unbound, the resolver of this run, has ended for the second time (%s %d): the "
                    "run is cut short. Go on with --resume; --verbose shows what unbound says.",
                    status > UNBOUND_STATUS_OF_SIGNAL ? "signal" : "status",
                    status > UNBOUND_STATUS_OF_SIGNAL ? status - UNBOUND_STATUS_OF_SIGNAL : status);
    }
}

static void notice_lost_resolver(const struct config *config, uint64_t num_failed)
{
    log_message("%s answers, but has resolved none of %llu names: it seems to have lost its way to "
                "the DNS, or to refuse this machine. Nothing more can be graded: mend it and go on "
                "with --resume, or begin anew with another --resolver.",
                resolver_name(config), (unsigned long long)num_failed);
}

static void notice_false_resolver(const struct config *config, size_t num_organisations,
                                  const char *what)
{
    log_message("%s answers FALSELY: it %s the names of %zu unrelated organisations. Nothing more "
                "can be graded: mend it, or log in to this network, and go on with --resume, or "
                "begin anew with another --resolver.",
                resolver_name(config), what, num_organisations);
}

static void notice_alike(const struct config *config, const struct outage *outage)
{
    char what[sizeof(outage->detail) + 128];
    snprintf(what, sizeof(what), "gives %s for a name that nobody has, and leads to one place",
             outage->detail);
    notice_false_resolver(config, outage->num_organisations, what);
}

static void notice_canary(const struct config *config, const struct outage *outage)
{
    log_message("%s is not to be believed: the canary %s. Nothing more can be graded: mend it, or "
                "log in to this network, and go on with --resume, or begin anew with another "
                "--resolver.",
                resolver_name(config), outage->detail);
}

void notice_outage(const struct config *config, const struct outage *outage, unsigned port)
{
    switch (outage->state) {
    case OUTAGE_PORT:
        notice_trouble(port, &outage->port);
        break;
    case OUTAGE_DNS_DEAD:
        notice_dead_resolver(config, outage->dns_failed);
        break;
    case OUTAGE_DNS_LOST:
        notice_lost_resolver(config, outage->dns_failed);
        break;
    case OUTAGE_NAMES_MISSING:
        notice_false_resolver(config, outage->num_organisations,
                              "finds neither the zones above nor any of");
        break;
    case OUTAGE_NAMES_ALIKE:
        notice_alike(config, outage);
        break;
    case OUTAGE_CANARY:
        notice_canary(config, outage);
        break;
    case OUTAGE_NONE:
    case OUTAGE_SUSPECTED:
        break;
    }
}

static void notice_unsourced(const struct config *config)
{
    log_message(
        "no --source is an IPv%u address: such addresses of mail hosts are left out of this "
        "run, and the letters rest on the others. Give one to have all of them; -%u leaves "
        "them out without this notice.",
        config->unrouted, config->unrouted == 6 ? 4 : 6);
}

void notice_unrouted(const struct config *config)
{
    if (!source_addresses_has(config->sources, config->unrouted)) {
        notice_unsourced(config);
        return;
    }
    log_message("this machine has no route for IPv%u: such addresses of mail hosts are left out of "
                "this run, and the letters rest on the others. Run it where there is one to have "
                "all of them; -%u leaves them out without this notice.",
                config->unrouted, config->unrouted == 6 ? 4 : 6);
}

void notice_too_many_given_up(uint64_t num_lines)
{
    log_message("%llu lines were given up, as this machine lacks memory or descriptors: no further "
                "line is begun",
                (unsigned long long)num_lines);
}

void notice_given_up(uint64_t num_lines, bool can_be_resumed)
{
    log_message(
        "%llu lines were given up, as this machine lacked memory or descriptors. Their records "
        "stand behind all others and say local_error, which is no verdict: %s.",
        (unsigned long long)num_lines,
        can_be_resumed ? "--resume begins these lines anew" : "scan again, into another --output");
}

void notice_blamed(const struct config *config, const struct blame_counts *counts)
{
    log_message("%s is BLAMED for failed DNSSEC validation, as names of %llu organisations fail it "
                "beside %llu signed domains: DANE of these is unknown here and lowers no letter; "
                "check its clock and its trust anchor, or name another with --resolver, and scan "
                "again into another --output",
                resolver_name(config), (unsigned long long)counts->num_organisations,
                (unsigned long long)counts->num_signed);
}
