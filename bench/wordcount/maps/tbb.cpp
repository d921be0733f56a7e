/* The map concurrent_hash_map of oneTBB. */
#include <cerrno>
#include <new>
#include <string>

#include <tbb/concurrent_hash_map.h>

#include "count.hpp"

extern "C" {
#include "maps.h"
}

using table = tbb::concurrent_hash_map<std::string, std::uint64_t>;

namespace
{
struct state {
	counter_values values;
	table counts;
};
}

static int create(void **made, const counter_options *options)
{
	*made = new (std::nothrow) state{options->values, {}};
	return *made ? 0 : -ENOMEM;
}

static int destroy(void *arg)
{
	auto *self = static_cast<state *>(arg);

	for (auto &entry : self->counts)
		count_free(self->values, entry.second);
	delete self;
	return 0;
}

static int add(void *arg, const void *item, size_t size)
try {
	auto *self = static_cast<state *>(arg);
	table::accessor entry;

	if (self->counts.insert(entry, std::string(static_cast<const char *>(item), size)))
		entry->second = count_first(self->values);
	else
		count_increment(self->values, entry->second);
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

static int collect(void *arg, reference *sums)
{
	auto *self = static_cast<state *>(arg);
	int err = 0;

	for (const auto &entry : self->counts) {
		err = reference_add(sums, entry.first.data(), entry.first.size(),
				    count_value(self->values, entry.second));
		if (err)
			break;
	}
	return err;
}

extern "C" const counter_map counter_tbb = {
	"tbb",	 create,  destroy, add,	    collect, nullptr, nullptr, nullptr, nullptr,
	nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
};
