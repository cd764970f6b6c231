/* Objects that more than one table, or another file, has a use for. */
#ifndef MXGRADE_OUTPUT_RECORD_PARTS_H
#define MXGRADE_OUTPUT_RECORD_PARTS_H

#include "output/record/record_field.h"

extern const struct record_object record_of_tls;            /* struct tls_facts */
extern const struct record_object record_of_finding;        /* struct finding */
extern const struct record_object record_of_accepted;       /* struct accepted */
extern const struct record_object record_of_accepted_grade; /* struct accepted_grade */
extern const struct record_object record_of_profiles;       /* struct endpoint_record */
extern const struct record_object record_of_mx;             /* struct mx_record */

#endif
