/* The map cuckoohash_map of libcuckoo. */
#include <cerrno>
#include <new>
#include <string>
#include <utility>

#include <libcuckoo/cuckoohash_map.hh>

#include "count.hpp"

extern "C" {
#include "maps.h"
}

using table = libcuckoo::cuckoohash_map<std::string, std::uint64_t>;

namespace
{
struct state {
	counter_values values;
	table counts;
};
}

static int create(void **made, const counter_options *options)
try {
	*made = new state{options->values, {}};
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

static int destroy(void *arg)
{
	auto *self = static_cast<state *>(arg);
	auto all = self->counts.lock_table();

	for (auto &entry : all)
		count_free(self->values, entry.second);
	all.unlock();
	delete self;
	return 0;
}

/* A box is made before it is known whether the word is new, and then is the one that takes the old one's place. */
static void add_by_new_box(state *self, std::string &&word)
{
	std::uint64_t next = count_first(COUNTER_NEW_BOXES);

	self->counts.upsert(
		std::move(word),
		[next](std::uint64_t &count) {
			*count_box(next) += *count_box(count);
			count_free(COUNTER_NEW_BOXES, count);
			count = next;
		},
		next);
}

/* Where a box is made in vain, it is taken back. */
static void add_in_place(state *self, std::string &&word)
{
	auto increment = [self](std::uint64_t &count) { count_increment(self->values, count); };

	if (self->counts.update_fn(word, increment))
		return;

	std::uint64_t first = count_first(self->values);

	if (!self->counts.upsert(std::move(word), increment, first))
		count_free(self->values, first);
}

static int add(void *arg, const void *item, size_t size)
try {
	auto *self = static_cast<state *>(arg);
	std::string word(static_cast<const char *>(item), size);

	switch (self->values) {
	case COUNTER_NEW_BOXES:
		add_by_new_box(self, std::move(word));
		break;
	case COUNTER_IN_PLACE:
		add_in_place(self, std::move(word));
		break;
	case COUNTER_INTEGERS:
		self->counts.upsert(std::move(word), [](std::uint64_t &count) { count++; }, 1);
		break;
	}
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

static int collect(void *arg, reference *sums)
{
	auto *self = static_cast<state *>(arg);
	auto all = self->counts.lock_table();

	for (const auto &entry : all) {
		int err = reference_add(sums, entry.first.data(), entry.first.size(),
					count_value(self->values, entry.second));

		if (err)
			return err;
	}
	return 0;
}

extern "C" const counter_map counter_libcuckoo = {
	"libcuckoo", create,  destroy, add,	collect, nullptr, nullptr, nullptr, nullptr,
	nullptr,     nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
};
