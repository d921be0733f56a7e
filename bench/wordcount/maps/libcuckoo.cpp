/* The map cuckoohash_map of libcuckoo. */
#include <cerrno>
#include <new>
#include <string>

#include <libcuckoo/cuckoohash_map.hh>

#include "count.hpp"

extern "C" {
#include "maps.h"
}

using table = libcuckoo::cuckoohash_map<std::string, std::uint64_t>;

namespace
{
struct state {
	bool boxed;
	table counts;
};
}

static int create(void **made, const counter_options *options)
try {
	*made = new state{options->boxed, {}};
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

static int destroy(void *arg)
{
	auto *self = static_cast<state *>(arg);
	auto all = self->counts.lock_table();

	for (auto &entry : all)
		count_free(self->boxed, entry.second);
	all.unlock();
	delete self;
	return 0;
}

/* A box is made before it is known whether the word is new, and then is the one that takes the old one's place. */
static int add(void *arg, const void *item, size_t size)
try {
	auto *self = static_cast<state *>(arg);
	std::uint64_t next = count_first(self->boxed);

	self->counts.upsert(
		std::string(static_cast<const char *>(item), size),
		[self, next](std::uint64_t &count) {
			if (!self->boxed) {
				count++;
				return;
			}
			*reinterpret_cast<std::uint64_t *>(next) += count_value(true, count);
			count_free(true, count);
			count = next;
		},
		next);
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
					count_value(self->boxed, entry.second));

		if (err)
			return err;
	}
	return 0;
}

extern "C" const counter_map counter_libcuckoo = {
	"libcuckoo", create,  destroy, add,	collect, nullptr, nullptr, nullptr, nullptr,
	nullptr,     nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
};
