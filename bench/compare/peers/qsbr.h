/* qsbr: what a thread owes to liburcu-qsbr, for the peers that use it. */
#ifndef COMPARE_QSBR_H
#define COMPARE_QSBR_H

#include <urcu/urcu-qsbr.h>

static inline void map_breathe(void)
{
	urcu_qsbr_quiescent_state();
}

#endif
