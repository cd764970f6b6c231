/*
 * How much of the usual bounds on what is kept holds. A build for tests of memory, in which all
 * that is kept has to be full soon, has one in so many of the places (make VARIANT=soak).
 */
#ifndef MXGRADE_IO_KEPT_H
#define MXGRADE_IO_KEPT_H

#ifndef KEPT_ONE_IN
#define KEPT_ONE_IN 1
#endif

#endif
