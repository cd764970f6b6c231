/*
 * The probes that an endpoint waits for. Besides its own dialogues, it needs the facts about its
 * server, which are the same under every name, and are probed once for all names. Where the server
 * ended the handshake by an alert, this name alone may have to be asked about as well.
 */
#ifndef MXGRADE_SCANNER_ENDPOINT_PROBES_H
#define MXGRADE_SCANNER_ENDPOINT_PROBES_H

#include "scanner/engine/server.h"
#include "scanner/inquiry/name_inquiry.h"

/* What the probes of a server have shown. */
struct endpoint_probes {
    const struct server_facts *facts;   /* of the server, whatever it is called by */
    const struct server_facts *of_name; /* under this endpoint's own name; NULL: nothing */
    const struct server_facts *others;  /* could another library go on? Under the same; NULL */
    unsigned connections;               /* caused by this endpoint */
};

struct endpoint_question;

/*
 * Called once, perhaps from within endpoint_question_ask(). `probes` is NULL where there are none,
 * and question->failure says why. The facts that it points to stay until endpoint_question_free(),
 * which may be called.
 */
typedef void (*endpoint_question_callback)(struct endpoint_question *question,
                                           const struct endpoint_probes *probes);

struct endpoint_question {
    const struct name_inquiry *inquiry; /* borrowed until the callback, as the next */
    struct once *servers;
    endpoint_question_callback done;
    void *user;
    struct server_waiter of_server;
    struct server_waiter of_name; /* where this name is asked about alone */
    enum once_failure failure;
};

/* NULL on lack of memory. */
struct endpoint_question *endpoint_question_new(struct once *servers,
                                                const struct name_inquiry *inquiry,
                                                endpoint_question_callback done, void *user);

/* Asks the server of the inquiry what its handshake leaves open. The inquiry is over. */
void endpoint_question_ask(struct endpoint_question *question);

/* The facts are needed no more. No answer may be waited for. NULL is fine. */
void endpoint_question_free(struct endpoint_question *question);

#endif
