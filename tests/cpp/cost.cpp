/*
 * cost: the loops in C++, and a program that runs both.  See cost.h.
 *
 * Usage: cost N
 */
#include "cost.h"
#include "nbmap.hpp"

#include <cstdio>
#include <cstdlib>

namespace
{

struct object_deleter {
	void operator()(std::uint64_t *object) const noexcept
	{
		free_object(object);
	}
};

using numbers = nbmap::map<std::uint64_t, std::uint64_t>;
using strings = nbmap::map<std::string_view, std::uint64_t>;
using owned = std::unique_ptr<std::uint64_t, object_deleter>;
using objects = nbmap::map<std::uint64_t, owned>;

} // namespace

/* Across the loops nothing is inlined, so that each is counted by its name. */
extern "C" {
std::uint64_t cpp_numbers(numbers &map, std::uint64_t n);
std::uint64_t cpp_strings(strings &map, const char *text, std::uint64_t n);
std::uint64_t cpp_objects(objects &map, std::uint64_t n);
}

std::uint64_t cpp_numbers(numbers &map, std::uint64_t n)
{
	std::uint64_t sum = 0;
	auto section = map.enter();

	for (std::uint64_t i = 0; i < n; i++)
		if (!section.put(i, i))
			std::abort();
	for (std::uint64_t i = 0; i < n; i++)
		if (auto value = section.get(i))
			sum += *value;
	return sum;
}

std::uint64_t cpp_strings(strings &map, const char *text, std::uint64_t n)
{
	std::uint64_t sum = 0;
	auto section = map.enter();

	for (std::uint64_t i = 0; i < n; i++)
		if (!section.put(std::string_view(text + 8 * i, 8), i))
			std::abort();
	for (std::uint64_t i = 0; i < n; i++)
		if (auto value = section.get(std::string_view(text + 8 * i, 8)))
			sum += *value;
	return sum;
}

std::uint64_t cpp_objects(objects &map, std::uint64_t n)
{
	std::uint64_t sum = 0;
	auto section = map.enter();

	for (std::uint64_t i = 0; i < n; i++)
		if (!section.put(i, owned(static_cast<std::uint64_t *>(new_object(i)))))
			std::abort();
	for (std::uint64_t i = 0; i < n; i++)
		if (const std::uint64_t *value = section.get(i))
			sum += *value;
	return sum;
}

int main(int argc, char **argv)
{
	std::uint64_t n = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000, sums[6];
	std::string text(8 * n, ' ');
	nbmap::options options;

	for (std::uint64_t i = 0; i < n; i++)
		std::snprintf(&text[8 * i], 8, "%07llu", static_cast<unsigned long long>(i));
	options.flags = NBMAP_FIXED_SEED;
	{
		numbers a(options), b(options);
		strings c(options), d(options);
		objects e(options), f(options);

		sums[0] = c_numbers(a.handle(), n);
		sums[1] = cpp_numbers(b, n);
		sums[2] = c_strings(c.handle(), text.data(), n);
		sums[3] = cpp_strings(d, text.data(), n);
		sums[4] = c_objects(e.handle(), n);
		sums[5] = cpp_objects(f, n);
	}
	for (std::uint64_t sum : sums)
		if (sum != n * (n - 1) / 2) {
			std::fputs("wrong sum\n", stderr);
			return EXIT_FAILURE;
		}
	return EXIT_SUCCESS;
}
