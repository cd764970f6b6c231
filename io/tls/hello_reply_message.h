/*
 * Inside hello_reply: the content of one whole message. hello_reply.c collects bytes into messages
 * and decides when the reply is settled; this part fills in what a message says.
 */
#ifndef MXGRADE_IO_HELLO_REPLY_MESSAGE_H
#define MXGRADE_IO_HELLO_REPLY_MESSAGE_H

#include <openssl/bytestring.h>

#include "io/tls/hello_reply.h"

#define HELLO_REPLY_MESSAGE_HEADER_LEN 4 /* type and length: RFC 8446 section 4 */

/*
 * Reads the handshake message in reader->message. NULL, or what is wrong with it. The first message
 * understood sets the reply's kind; ServerHelloDone sets flight_complete. The buffer of a message
 * that slices point into moves out of reader->message.
 */
const char *hello_reply_message_read(struct hello_reply_reader *reader);

/* Reads the body of an SSLv2 SERVER-HELLO or ERROR in reader->message and sets the kind. NULL, or
   what is wrong with it. */
const char *hello_reply_message_read_ssl2(struct hello_reply_reader *reader);

/*
 * The bodies of a ServerHello and, with the version and suite that it chose in `reply`, of a
 * ServerKeyExchange. NULL, or what is wrong with it; no slice is made.
 */
const char *hello_reply_read_server_hello(struct hello_reply *reply, CBS *body);
const char *hello_reply_read_server_key_exchange(struct hello_reply *reply, CBS *body);

/* First bytes of such a body. */
enum { HELLO_REPLY_SSL2_TYPE_ERROR = 0, HELLO_REPLY_SSL2_TYPE_SERVER_HELLO = 4 };

#endif
