/* flavor_real: flavor.h in real runs: liburcu's QSBR. */
#include <urcu/urcu-qsbr.h>

#include "flavor.h"

void flavor_register(void)
{
	urcu_qsbr_register_thread();
}

void flavor_unregister(void)
{
	urcu_qsbr_unregister_thread();
}

void flavor_quiescent(void)
{
	urcu_qsbr_quiescent_state();
}
