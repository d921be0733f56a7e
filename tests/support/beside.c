/*
 * beside: see beside.h.
 */
#include "beside.h"

#include "run.h"

#define WRITES_IN_SECTION 32
#define FEW 30
#define MANY 2000

static void write(const struct beside *beside, uint64_t random)
{
	uint64_t id = beside->kept + (random >> 32) % (random >> 20 & 1 ? FEW : MANY);

	if (random % 3)
		crew_check(!subject_put(beside->subject, id, 1));
	else
		(void)subject_del(beside->subject, id);
}

static void write_while_others_look(const struct beside *beside, struct crew_member *member)
{
	while (atomic_load(&beside->looking)) {
		subject_enter(beside->subject);
		for (unsigned i = 0; i < WRITES_IN_SECTION; i++)
			write(beside, test_random(&member->random));
		subject_leave(beside->subject);
	}
}

static void look_or_write(struct crew_member *member)
{
	struct beside *beside = member->arg;

	if (member->index < beside->lookers) {
		beside->look(member);
		atomic_fetch_sub(&beside->looking, 1);
	} else {
		write_while_others_look(beside, member);
	}
}

void beside_run(struct beside *beside)
{
	atomic_store(&beside->looking, beside->lookers);
	crew_run(beside->subject->flavor, beside->lookers + beside->writers, look_or_write, beside);
}
