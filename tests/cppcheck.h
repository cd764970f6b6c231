/* What cppcheck, which reads no header of the system, has to know of <sys/queue.h>: that the loops
 * begin with an assignment. tests/lint hands it over. */
#undef SLIST_FOREACH
#undef STAILQ_FOREACH
#undef TAILQ_FOREACH
#define SLIST_FOREACH(var, head, field)                                                            \
    for ((var) = (head)->slh_first; (var); (var) = (var)->field.sle_next)
#define STAILQ_FOREACH(var, head, field)                                                           \
    for ((var) = (head)->stqh_first; (var); (var) = (var)->field.stqe_next)
#define TAILQ_FOREACH(var, head, field)                                                            \
    for ((var) = (head)->tqh_first; (var); (var) = (var)->field.tqe_next)
