/* A count for maps whose entries are locked while it changes: an integer, or a pointer to one in a box. */
#ifndef WORDCOUNT_COUNT_HPP
#define WORDCOUNT_COUNT_HPP

#include <cstdint>

extern "C" {
#include "counter.h"
}

inline std::uint64_t *count_box(std::uint64_t count)
{
	return reinterpret_cast<std::uint64_t *>(count);
}

/* 1, in a box unless counts are integers. */
inline std::uint64_t count_first(counter_values values)
{
	return values == COUNTER_INTEGERS ? 1 : reinterpret_cast<std::uint64_t>(new std::uint64_t(1));
}

inline std::uint64_t count_value(counter_values values, std::uint64_t count)
{
	return values == COUNTER_INTEGERS ? count : *count_box(count);
}

inline void count_free(counter_values values, std::uint64_t count)
{
	if (values != COUNTER_INTEGERS)
		delete count_box(count);
}

/* Where it stands, or by a new box that takes the place of the old one. */
inline void count_increment(counter_values values, std::uint64_t &count)
{
	switch (values) {
	case COUNTER_NEW_BOXES: {
		auto next = new std::uint64_t(*count_box(count) + 1);

		delete count_box(count);
		count = reinterpret_cast<std::uint64_t>(next);
		break;
	}
	case COUNTER_IN_PLACE:
		++*count_box(count);
		break;
	case COUNTER_INTEGERS:
		count++;
		break;
	}
}

#endif
