/*
 * What the rules of several profiles ask of a record, in three values. Only profile_*.c include
 * this.
 */
#ifndef MXGRADE_SCANNER_PROFILE_FACTS_H
#define MXGRADE_SCANNER_PROFILE_FACTS_H

#include "io/tls/tls_suites.h"
#include "scanner/grading/profile.h"

/* 0 where `no`, the level `bad` where `yes`, else open: for what must not be there. */
int profile_unless(enum tri value, int bad);

/* 0 where `yes`, `bad` where `no`, else open: for what must be there. */
int profile_if(enum tri value, int bad);

/* Is any of these versions offered? Yes if one is, no if all are known not to be. */
enum tri profile_any_version(const struct endpoint_record *record, enum tls_version first,
                             enum tls_version last);

enum tri profile_version(const struct endpoint_record *record, enum tls_version version);

/* Is a class of weak suites accepted? */
enum tri profile_weak(const struct endpoint_record *record, enum weak_class weak_class);

/* Is any suite accepted that `is_bad`? Only a whole list of a deep scan, or a server with nothing
 * older than TLS 1.3, can say no. */
enum tri profile_any_suite(const struct endpoint_record *record,
                           bool (*is_bad)(const struct tls_suite *suite));

/* Did the handshake complete? "No" where the server said so. */
enum tri profile_has_tls(const struct endpoint_record *record);

/* The worst that a rule says of the server's certificates (it may have a leaf of each key type);
 * open where there is none. */
int profile_of_certificates(const struct endpoint_record *record,
                            int (*level)(const struct certificate_record *certificate));

/* The worst that a rule says of the groups accepted, in TLS 1.3 and on the curves of older
 * versions; open where one of the lists, which only a deep scan makes, is missing or not whole,
 * unless it has what is of the level `bottom` already. */
int profile_of_groups(const struct endpoint_record *record, int (*level)(uint16_t group),
                      int bottom);

/* `bad` where the certificate has that problem. */
int profile_unless_problem(const struct certificate_record *certificate,
                           enum certificate_problem problem, int bad);

/* Is TLS 1.2 or older spoken at all? */
enum tri profile_has_old_tls(const struct endpoint_record *record);

#endif
