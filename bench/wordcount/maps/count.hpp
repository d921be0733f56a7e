/* A count for maps whose entries are locked while it changes: an integer, or a pointer to one in a box. */
#ifndef WORDCOUNT_COUNT_HPP
#define WORDCOUNT_COUNT_HPP

#include <cstdint>

/* 1, in a box if counts are boxed. */
inline std::uint64_t count_first(bool boxed)
{
	return boxed ? reinterpret_cast<std::uint64_t>(new std::uint64_t(1)) : 1;
}

inline std::uint64_t count_value(bool boxed, std::uint64_t count)
{
	return boxed ? *reinterpret_cast<const std::uint64_t *>(count) : count;
}

inline void count_free(bool boxed, std::uint64_t count)
{
	if (boxed)
		delete reinterpret_cast<std::uint64_t *>(count);
}

/* A new box takes the place of the old one. */
inline void count_increment(bool boxed, std::uint64_t &count)
{
	if (!boxed) {
		count++;
		return;
	}

	auto next = new std::uint64_t(count_value(true, count) + 1);

	count_free(true, count);
	count = reinterpret_cast<std::uint64_t>(next);
}

#endif
