/*
 * cpp: nbmap.hpp does what nbmap.h says, through types.
 *
 * Every call, for three kinds of key and three of value, in all flavours: what it
 * returns, what it stores, and who has the value then.  Objects are counted: at the end
 * of each test none is left, and none was destroyed twice.  Exceptions leave a call
 * with the map unchanged, also when an attempt of an update was lost before.
 */
#include "nbmap.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <check.h>

extern "C" {
#include "run.h"
}

#define FLAVORS 4

/* An assertion for any thread. */
#define require(condition) ((condition) ? (void)0 : stop_at(__LINE__, #condition))

[[noreturn]] static void stop_at(int line, const char *condition)
{
	std::fprintf(stderr, "cpp_test.cpp:%d: %s\n", line, condition);
	std::abort();
}

/* ---- What is counted ------------------------------------------------------- */

static std::atomic<long> alive;

class counted {
public:
	explicit counted(std::uint64_t n) : number(n)
	{
		alive.fetch_add(1, std::memory_order_relaxed);
	}

	counted(const counted &other) : counted(other.number)
	{
	}

	counted &operator=(const counted &) = delete;

	~counted()
	{
		require(mark.exchange(0, std::memory_order_relaxed) == living);
		alive.fetch_sub(1, std::memory_order_relaxed);
	}

	std::uint64_t number;

private:
	static constexpr std::uint64_t living = 0x6c6976696e672121;
	std::atomic<std::uint64_t> mark{living};
};

using owned = std::unique_ptr<counted>;

/* A key of an own type; copies are counted, and fail when they are told to. */
static std::atomic<int> copies_fail; /* 1: std::bad_alloc, 2: another exception */

struct name {
	std::string text;
	counted one{0};

	explicit name(std::string t) : text(std::move(t))
	{
	}

	name(const name &other) : text(other.text)
	{
		if (copies_fail == 1)
			throw std::bad_alloc();
		if (copies_fail == 2)
			throw std::runtime_error("no copy");
	}

	friend bool operator==(const name &a, const name &b)
	{
		return a.text == b.text;
	}
};

template <> struct nbmap::key_traits<name> : nbmap::object_key<name> {
	static std::uint64_t hash(const name &key, std::uint64_t seed) noexcept
	{
		return nbmap_hash_bytes(key.text.data(), key.text.size(), seed);
	}

	static std::size_t size(const name &key) noexcept
	{
		return key.text.size() + sizeof(key);
	}
};

/* ---- Kinds of map ----------------------------------------------------------- */

template <class Key> static Key key(std::uint64_t n)
{
	static std::map<std::uint64_t, std::string> texts;

	if constexpr (std::is_same_v<Key, std::string_view>)
		return texts.try_emplace(n, "key " + std::to_string(n)).first->second;
	else
		return Key{static_cast<decltype(n)>(n)};
}

template <> name key<name>(std::uint64_t n)
{
	return name("name " + std::to_string(n));
}

template <class Value> static Value value(std::uint64_t n)
{
	if constexpr (std::is_same_v<Value, owned>)
		return std::make_unique<counted>(n);
	else if constexpr (std::is_same_v<Value, counted *>)
		return new counted(n);
	else
		return n;
}

static std::uint64_t number(const counted *value)
{
	return value ? value->number : 0;
}

static std::uint64_t number(std::optional<std::uint64_t> value)
{
	return value.value_or(0);
}

/* A value that a call has not stored. */
template <class Value> static void drop(Value &value)
{
	if constexpr (std::is_same_v<Value, counted *>) {
		delete value;
		value = nullptr;
	}
}

/* What a call has displaced: of maps that do not own it, it is ours. */
template <class Map> static void displaced(const typename Map::section &section, typename Map::view seen)
{
	if constexpr (std::is_same_v<typename Map::mapped_type, counted *>)
		require(section.retire(owned(seen)));
	else
		(void)section, (void)seen;
}

/* A thread of a flavour, or this one. */
static void in_thread(nbmap_flavor flavor, const std::function<void()> &work)
{
	nbmap::offline away(flavor);

	std::thread([&] {
		nbmap::registration registered(flavor);

		require(registered);
		work();
	}).join();
}

/* A test in a flavour, of maps of a kind; all that it has made is gone at its end. */
template <class Test> static void begin(nbmap_flavor flavor, Test test)
{
	long before = alive;

	{
		nbmap::registration registered(flavor);
		nbmap::options options;

		options.flavor = flavor;
		test(options);
	}
	ck_assert_int_eq(alive, before);
}

template <template <class> class Test> static void for_all_maps(int flavor)
{
	begin(static_cast<nbmap_flavor>(flavor), [](const nbmap::options &options) {
		Test<nbmap::map<std::uint64_t, std::uint64_t>>::run(options);
		Test<nbmap::map<std::uint64_t, owned>>::run(options);
		Test<nbmap::map<std::uint64_t, counted *>>::run(options);
		Test<nbmap::map<std::string_view, std::uint64_t>>::run(options);
		Test<nbmap::map<std::string_view, owned>>::run(options);
		Test<nbmap::map<std::string_view, counted *>>::run(options);
		Test<nbmap::map<name, std::uint64_t>>::run(options);
		Test<nbmap::map<name, owned>>::run(options);
		Test<nbmap::map<name, counted *>>::run(options);
	});
}

/* ---- One call after the other ------------------------------------------------ */

template <class Map> struct calls_agree_with_the_header {
	using Key = typename Map::key_type;
	using Value = typename Map::mapped_type;

	/* A call that stores `n`: done, or refused with `error`; then the key had `before`. */
	template <class Call>
	static void store(const typename Map::section &section, std::uint64_t n, int error, std::uint64_t before,
			  Call call)
	{
		typename Map::view seen{};
		Value made = value<Value>(n);
		Value *kept = &made;
		nbmap::status status = call(*kept, &seen);

		require(status.error() == error);
		require(static_cast<bool>(status) == (error == 0));
		require(number(seen) == before);
		if constexpr (std::is_same_v<Value, owned>)
			require((made == nullptr) == (error == 0));
		if (error)
			drop(made);
		else if (seen)
			displaced<Map>(section, seen);
	}

	/* The argument of a call. */
	static typename Map::value_argument give(Value &value)
	{
		return static_cast<typename Map::value_argument>(value);
	}

	static void run(const nbmap::options &options)
	{
		Map map(options);
		Key a = key<Key>(1), b = key<Key>(2);
		typename Map::view seen{};

		{
			auto section = map.enter();
			auto put = [&](Value &v, auto *s) { return section.put(a, give(v), s); };
			auto add = [&](Value &v, auto *s) { return section.add(a, give(v), s); };
			auto set = [&](Value &v, auto *s) { return section.set(a, give(v), s); };

			require(!section.get(a) && !section.contains(a) && section.count() == 0);
			store(section, 10, -ENOENT, 0, set);
			store(section, 11, 0, 0, add);
			store(section, 12, -EEXIST, 11, add);
			store(section, 13, 0, 11, put);
			store(section, 14, 0, 13, set);
			require(number(section.get(a)) == 14 && section.contains(a) && section.count() == 1);

			auto now = section.get(a);
			Value other = value<Value>(99);
			auto expected = [](const auto &v) -> typename Map::expected {
				if constexpr (std::is_same_v<Value, owned>)
					return v.get();
				else
					return v;
			};
			auto present = [&]() -> typename Map::expected {
				if constexpr (std::is_same_v<Value, std::uint64_t>)
					return *now;
				else
					return now;
			};
			auto replace = [&](Value &v, auto *s) { return section.replace(a, present(), give(v), s); };
			auto miss = [&](Value &v, auto *s) {
				return section.replace(a, expected(other), give(v), s);
			};
			auto absent = [&](Value &v, auto *s) { return section.replace(b, present(), give(v), s); };

			store(section, 15, -EAGAIN, 14, miss);
			store(section, 16, -ENOENT, 0, absent);
			store(section, 17, 0, 14, replace);
			require(section.erase_equal(a, present(), &seen).error() == -EAGAIN && number(seen) == 17);
			require(section.erase_equal(b, present(), &seen).error() == -ENOENT && !seen);
			now = section.get(a);
			require(section.erase_equal(a, present(), &seen) && number(seen) == 17);
			displaced<Map>(section, seen);
			require(section.erase(a, &seen).error() == -ENOENT && !seen);
			store(section, 18, 0, 0, put);
			require(section.erase(a, &seen) && number(seen) == 18);
			displaced<Map>(section, seen);
			drop(other);

			auto made = section.get_or_add(a, [] { return value<Value>(20); });
			require(made && number(*made) == 20);
			made = section.get_or_add(a, []() -> Value { std::abort(); });
			require(made && number(*made) == 20);

			require(section.update(a, [](auto v) -> nbmap::change<Value> {
				require(number(v) == 20);
				return nbmap::keep;
			}));
			require(section.update(b, [](auto v) -> nbmap::change<Value> {
				require(!v);
				return nbmap::remove;
			}));
			require(section.update(
				a, [](auto v) { return nbmap::change<Value>(value<Value>(number(v) + 1)); }, &seen));
			require(number(seen) == 20 && number(section.get(a)) == 21);
			displaced<Map>(section, seen);
			require(section.update(a, [](auto) { return nbmap::status(-EPERM); }).error() == -EPERM);
			require(section.update(b, [](auto) { return value<Value>(22); }));
			require(number(section.get(a)) == 21 && number(section.get(b)) == 22);
			require(section.update(a, [](auto) { return nbmap::remove; }, &seen));
			require(number(seen) == 21 && !section.get(a) && section.count() == 1);
			displaced<Map>(section, seen);

			if constexpr (std::is_same_v<Value, counted *>)
				require(section.erase(b, &seen)), displaced<Map>(section, seen);
			else
				require(section.clear());
			require(section.count() == 0);
		}
		require(map.barrier());
	}
};

START_TEST(test_calls_agree_with_the_header)
{
	for_all_maps<calls_agree_with_the_header>(_i);
}
END_TEST

/* ---- Exceptions -------------------------------------------------------------- */

struct oops {
	int number;
};

template <class Map> struct exceptions_leave_the_map_as_it_is {
	using Key = typename Map::key_type;
	using Value = typename Map::mapped_type;

	static void run(const nbmap::options &options)
	{
		Map map(options);
		Key a = key<Key>(1), b = key<Key>(2);
		int thrown = 0;

		{
			auto section = map.enter();

			auto throws = [](auto v) -> nbmap::change<Value> { throw oops{static_cast<int>(number(v))}; };
			auto makes_and_throws = [&](auto) -> nbmap::change<Value> {
				Value made = value<Value>(8);

				drop(made);
				throw oops{8};
			};

			require(section.get_or_add(a, [] { return value<Value>(7); }));
			for (int i = 0; i < 3; i++)
				try {
					(void)(i == 0   ? section.update(a, throws)
					       : i == 1 ? section.update(b, throws)
							: section.update(b, makes_and_throws));
					require(!"thrown");
				} catch (const oops &it) {
					thrown++;
					require(it.number == (i == 0 ? 7 : i == 1 ? 0 : 8));
				}
			try {
				(void)section.get_or_add(b, []() -> Value { throw oops{9}; });
				require(!"thrown");
			} catch (const oops &it) {
				thrown++;
				require(it.number == 9);
			}
			/* Not called where the key has a value. */
			require(section.get_or_add(a, []() -> Value { throw oops{9}; }));
			require(thrown == 4);
			require(number(section.get(a)) == 7 && !section.get(b) && section.count() == 1);
		}
		/* The section is left by an exception, too. */
		try {
			auto section = map.enter();

			(void)section.update(a, [](auto) -> nbmap::change<Value> { throw oops{1}; });
		} catch (const oops &) {
		}
		require(map.synchronize());
		{
			auto section = map.enter();
			typename Map::view seen{};

			require(section.erase(a, &seen));
			displaced<Map>(section, seen);
		}
	}
};

START_TEST(test_exceptions_leave_the_map_as_it_is)
{
	for_all_maps<exceptions_leave_the_map_as_it_is>(_i);
}
END_TEST

/*
 * An attempt that is lost leaves a spare.  The lambda has another thread change the key
 * under its first attempt.
 */
template <class Second> static std::uint64_t lose_one_attempt(const nbmap::options &options, Second second)
{
	nbmap::map<std::uint64_t, owned> map(options);
	int attempts = 0;
	std::uint64_t number;

	{
		auto section = map.enter();

		require(section.put(1, std::make_unique<counted>(1)));
		try {
			require(section.update(1, [&](counted *now, counted *spare) -> nbmap::change<owned> {
				if (attempts++ == 0) {
					require(now->number == 1 && !spare);
					std::thread([&] {
						nbmap::registration registered(options.flavor);
						auto theirs = map.enter();

						require(theirs.put(1, std::make_unique<counted>(2)));
					}).join();
					return std::make_unique<counted>(3);
				}
				require(now->number == 2 && spare && spare->number == 3);
				return second(spare);
			}));
		} catch (const oops &) {
		}
		require(attempts == 2);
		number = section.get(1) ? section.get(1)->number : 0;
	}
	return number;
}

START_TEST(test_a_spare_is_reused_or_discarded)
{
	begin(static_cast<nbmap_flavor>(_i), [](const nbmap::options &options) {
		using change = nbmap::change<owned>;

		require(lose_one_attempt(options, [](counted *spare) -> change {
				spare->number = 4;
				return nbmap::reuse;
			}) == 4);
		require(lose_one_attempt(options, [](counted *) -> change { return std::make_unique<counted>(5); }) == 5);
		require(lose_one_attempt(options, [](counted *) -> change { return nbmap::keep; }) == 2);
		require(lose_one_attempt(options, [](counted *) -> change { return nbmap::remove; }) == 0);
		require(lose_one_attempt(options, [](counted *) -> change { throw oops{1}; }) == 2);
	});
}
END_TEST

START_TEST(test_without_a_spare_there_is_nothing_to_reuse)
{
	nbmap::map<int, owned> map;
	auto section = map.enter();

	ck_assert_int_eq(section.update(1, [](counted *) { return nbmap::reuse; }).error(), -EINVAL);
	ck_assert(!section.get(1));
}
END_TEST

START_TEST(test_a_copy_of_a_key_that_throws_is_no_memory)
{
	begin(NBMAP_BP, [](const nbmap::options &options) {
		nbmap::map<name, owned> map(options);

		for (int how = 1; how <= 2; how++) {
			auto section = map.enter();
			owned one = std::make_unique<counted>(1);

			copies_fail = how;
			require(section.put(name("x"), std::move(one)).error() == -ENOMEM);
			require(one && one->number == 1);
			require(section.get_or_add(name("x"), [] { return std::make_unique<counted>(2); }).error() ==
				-ENOMEM);
			copies_fail = 0;
			require(!section.get(name("x")) && section.count() == 0);
			require(section.put(name("x"), std::move(one)) && !one);
			require(section.erase(name("x")));
			require(section.clear());
		}
	});
}
END_TEST

/* ---- Shortage ---------------------------------------------------------------- */

static std::atomic<bool> no_memory;

static void *allocate(std::size_t size, std::size_t align, void *)
{
	return no_memory ? nullptr : std::aligned_alloc(align, (size + align - 1) / align * align);
}

static void release(void *block, std::size_t, void *)
{
	std::free(block);
}

START_TEST(test_without_memory_a_value_stays_the_callers)
{
	begin(NBMAP_BP, [](nbmap::options options) {
		const nbmap_allocator allocator = {allocate, release, nullptr};
		nbmap::domain domain((nbmap::domain_options()));
		int refused = 0;

		options.allocator = &allocator;
		options.domain = domain.handle();
		nbmap::map<int, owned> map(options);
		{
			auto section = map.enter();

			no_memory = true;
			for (int i = 0; i < 1000 && !refused; i++) {
				owned value = std::make_unique<counted>(1);
				nbmap::status status = section.add(i, std::move(value));

				refused += !status;
				require(status.error() == (status ? 0 : -ENOMEM) && (value == nullptr) == bool(status));
				if (status)
					continue;
				require(section.get_or_add(i, [] { return std::make_unique<counted>(2); }).error() ==
					-ENOMEM);
				require(section.update(i, [](counted *) { return std::make_unique<counted>(3); })
						.error() == -ENOMEM);
				try {
					section.put(i, std::move(value)).or_throw();
					require(!"thrown");
				} catch (const std::bad_alloc &) {
					require(value && !section.get(i));
				}
			}
			require(refused == 1);
		}
		try {
			nbmap::map<int, int> other(options);
			require(!"thrown");
		} catch (const std::bad_alloc &) {
		}
		no_memory = false;
	});
}
END_TEST

START_TEST(test_at_the_limit_a_value_stays_the_callers)
{
	begin(NBMAP_BP, [](nbmap::options options) {
		nbmap::domain_options small;

		small.limit_objects = 100;
		nbmap::domain domain(small);

		options.domain = domain.handle();
		nbmap::map<int, owned> map(options);
		nbmap::status status;
		{
			auto section = map.enter();

			for (int i = 0; i < 100000 && status; i++) {
				owned value = std::make_unique<counted>(static_cast<std::uint64_t>(i));

				status = section.put(1, std::move(value));
				require((value == nullptr) == bool(status));
			}
			require(status.error() == -ENOBUFS && status.code() == std::errc::no_buffer_space);
		}
		auto freed = map.reclaim();

		require(freed);
		require(map.enter().count() == 1);
		require(domain.close().error() == -EBUSY && domain);
	});
}
END_TEST

/* ---- Life -------------------------------------------------------------------- */

START_TEST(test_a_map_moves_and_its_sections_stay)
{
	begin(static_cast<nbmap_flavor>(_i), [](const nbmap::options &options) {
		using map = nbmap::map<std::string_view, owned>;
		map a(options), none(nullptr);

		require(a && !none && !none.handle() && none.close());
		require(a.open(options).error() == -EBUSY);
		{
			auto section = a.enter();

			require(section.put("x", std::make_unique<counted>(1)));
			map b(std::move(a));
			require(b && !a);
			require(section.get("x")->number == 1);
			require(section.put("y", std::make_unique<counted>(2)));
			a = std::move(b);
			require(a && !b);
			map &itself = a;
			a = std::move(itself);
			require(a && section.get("y")->number == 2);
			swap(a, none);
			require(none && !a);
			require(none.within(section).count() == 2);
			swap(a, none);
		}
		/* Over one that has entries, which are then gone. */
		map c(options);

		require(c.enter().count() == 0);
		{
			auto section = c.enter();

			require(section.put("z", std::make_unique<counted>(3)));
		}
		long before = alive;

		c = std::move(a);
		require(alive == before - 1 && c.enter().count() == 2 && !a);
		require(c.close() && !c && c.close());
		require(c.open(options) && c.enter().count() == 0);
	});
}
END_TEST

START_TEST(test_what_must_not_wait_is_refused)
{
	nbmap::map<int, int> map;
	nbmap::domain domain((nbmap::domain_options()));
	{
		auto section = map.enter();
		auto other = domain.enter();

		ck_assert_int_eq(map.close().error(), -EDEADLK);
		ck_assert(map);
		ck_assert_int_eq(map.barrier().error(), -EDEADLK);
		ck_assert_int_eq(map.synchronize().error(), -EDEADLK);
		ck_assert_int_eq(map.reclaim().error(), -EDEADLK);
		ck_assert_int_eq(domain.close().error(), -EDEADLK);
		ck_assert(section.put(1, 2));
	}
	ck_assert(map.close());
	ck_assert(domain.close());
	ck_assert(!domain);
}
END_TEST

START_TEST(test_a_domain_is_shared_or_ones_own)
{
	nbmap::domain_options without;

	without.flags = NBMAP_NO_THREAD;
	nbmap::domain own(without), shared(nullptr), moved(std::move(own));
	nbmap::options options;

	ck_assert(!own && moved && !shared);
	ck_assert(shared.share(NBMAP_BP));
	ck_assert_int_eq(shared.share(NBMAP_BP).error(), -EBUSY);
	ck_assert_int_eq(moved.open(without).error(), -EBUSY);
	options.domain = moved.handle();
	nbmap::map<int, owned> first(options), second(options), third;

	ck_assert_ptr_eq(first.domain_handle(), moved.handle());
	ck_assert_ptr_eq(third.domain_handle(), shared.handle());
	{
		auto section = moved.enter();
		auto a = first.within(section);
		auto b = second.within(section);

		for (int i = 0; i < 100; i++) {
			ck_assert(a.put(i, std::make_unique<counted>(1)));
			ck_assert(b.put(i, std::make_unique<counted>(1)));
		}
		for (int i = 0; i < 100; i++) {
			ck_assert(a.erase(i));
			ck_assert(b.erase(i));
		}
	}
	ck_assert(moved.stats().pending_objects > 0);
	for (int i = 0; i < 8 && moved.stats().pending_objects; i++) {
		auto freed = moved.reclaim();

		ck_assert(freed);
	}
	ck_assert_int_eq(alive, 0);
	ck_assert(moved.synchronize() && moved.barrier());
}
END_TEST

START_TEST(test_a_map_that_cannot_be_throws)
{
	nbmap::options options;

	options.flags = 1u << 31; /* there is none */
	try {
		nbmap::map<int, int> map(options);
		ck_abort_msg("not thrown");
	} catch (const std::system_error &error) {
		ck_assert(error.code() == std::errc::invalid_argument);
	}
}
END_TEST

/* ---- Sections ---------------------------------------------------------------- */

template <class Reading> static std::uint64_t look(const Reading &section)
{
	auto found = section.get(5);

	return found ? *found : 0;
}

START_TEST(test_sections_nest_and_are_handed_on)
{
	begin(static_cast<nbmap_flavor>(_i), [](const nbmap::options &options) {
		nbmap::map<std::uint64_t, std::uint64_t> map(options), other(options);
		const auto &constant = map;
		const auto outer = map.enter();

		require(outer.put(5, 6));
		{
			auto inner = map.enter();
			auto reader = constant.enter();

			require(inner.put(6, 7) && look(reader) == 6);
			require(other.within(reader).put(5, 8));
			require(other.within(inner).get(5) == 8u);
		}
		require(look(outer) == 6 && look(constant.within(outer)) == 6 && look(map.unguarded()) == 6);
		require(look(constant.unguarded()) == 6 && outer.get(6) == 7u);
	});
}
END_TEST

/* ---- Keys -------------------------------------------------------------------- */

enum class color : short { red = -3, green = 0, blue = 3 };
enum plain { one = 1, two };

/* All of these keys are different, and come back from a walk as they went in. */
template <class Key> static void keys_come_back(std::initializer_list<Key> keys)
{
	nbmap::map<Key, unsigned> map;
	auto section = map.enter();
	unsigned i = 0;
	std::set<Key> seen;

	for (const Key &key : keys) {
		require(!section.get(key));
		require(section.put(key, i++));
	}
	require(section.count() == keys.size());
	i = 0;
	for (const Key &key : keys)
		require(section.get(key) == i++);
	for (auto [key, value] : section) {
		require(section.get(key) == value);
		require(std::data(keys)[value] == key);
		seen.insert(Key(key));
	}
	require(seen.size() == keys.size());
}

START_TEST(test_keys_of_all_sorts)
{
	int here[2];
	using namespace std::string_view_literals;

	keys_come_back<bool>({false, true});
	keys_come_back<char>({'\0', 'a', '\x7f', static_cast<char>(-128)});
	keys_come_back<signed char>({-128, -1, 0, 127});
	keys_come_back<unsigned char>({0, 255});
	keys_come_back<std::int16_t>({-32768, -1, 0, 32767});
	keys_come_back<int>({INT32_MIN, -1, 0, 1, INT32_MAX});
	keys_come_back<unsigned>({0, 1, UINT32_MAX});
	keys_come_back<long>({INT64_MIN, -1, 0, 1, INT64_MAX});
	keys_come_back<long long>({INT64_MIN, -1, 0, 1, INT64_MAX});
	keys_come_back<unsigned long long>({0, 1, UINT64_MAX});
	keys_come_back<wchar_t>({L'a', L'\0'});
	keys_come_back<char16_t>({u'a', u'\uffff'});
	keys_come_back<color>({color::red, color::green, color::blue});
	keys_come_back<plain>({one, two});
	keys_come_back<int *>({here, here + 1, nullptr});
	keys_come_back<const int *>({here, here + 1});
	keys_come_back<std::string_view>({"", "a", "a\0"sv, "a\0b"sv, "a\0c"sv, "b"});
	keys_come_back<std::string>({"", "a", std::string("a\0", 2), std::string("a\0b", 3)});
}
END_TEST

START_TEST(test_keys_of_bytes)
{
	nbmap::map<nbmap::bytes, int> map;
	auto section = map.enter();
	const std::vector<unsigned char> vector = {1, 0, 2};
	const std::array<std::byte, 3> array = {std::byte{1}, std::byte{0}, std::byte{2}};
	std::string string("\1\0\2", 3);

	ck_assert(section.put(vector, 1));
	ck_assert(section.get(array) == 1);
	ck_assert(section.get(string) == 1);
	ck_assert(section.get(nbmap::bytes("\1\0\2", 3)) == 1);
	ck_assert(!section.get(nbmap::bytes("\1\0\2", 2)));
	ck_assert(!section.get(nbmap::bytes()));
	for (auto [key, value] : section) {
		ck_assert(key == vector && key != nbmap::bytes() && value == 1);
		ck_assert_int_eq(std::distance(key.begin(), key.end()), 3);
	}
}
END_TEST

/* A key that is looked for by a view, and copied with its data. */
struct part {
	const char *text;
	std::size_t size;
};

/* The part of it that keys are looked up by does not come first. */
struct kept {
	std::string copy;
	counted one{0};
};

struct whole : kept, part {
	explicit whole(const part &p) : kept{std::string(p.text, p.size)}, part(p)
	{
		text = copy.data();
	}
};

template <> struct nbmap::key_traits<whole> : nbmap::object_key<part> {
	static std::uint64_t hash(const part &key, std::uint64_t)
	{
		return key.size; /* a poor one */
	}

	static bool equal(const part &a, const part &b)
	{
		return std::string_view(a.text, a.size) == std::string_view(b.text, b.size);
	}

	static const whole *copy(const part &key)
	{
		return new whole(key);
	}

	static void destroy(const part *key) noexcept
	{
		delete static_cast<const whole *>(key);
	}
};

/* A small type that is a number. */
struct address {
	std::uint32_t host;
	std::uint16_t port;
};

template <> struct nbmap::key_traits<address> : nbmap::integer_key<address> {
	static std::uint64_t number(address a) noexcept
	{
		return std::uint64_t{a.host} << 16 | a.port;
	}

	static address key(std::uint64_t number) noexcept
	{
		return {static_cast<std::uint32_t>(number >> 16), static_cast<std::uint16_t>(number)};
	}
};

START_TEST(test_keys_of_own_types)
{
	long before = alive;
	{
		nbmap::map<whole, int> map;
		nbmap::map<address, int> addresses;
		auto section = map.enter();
		auto hosts = addresses.within(section);
		char text[] = "abcd";

		ck_assert(section.put(part{text, 2}, 1));
		ck_assert(section.put(part{text + 1, 2}, 2));
		ck_assert(section.put(part{text, 3}, 3));
		ck_assert(section.get({"ab", 2}) == 1 && section.get({"bc", 2}) == 2 && !section.get({"cd", 2}));
		text[0] = 'x';
		ck_assert(section.get({"abc", 3}) == 3);
		for (auto [key, value] : section)
			ck_assert(section.get(key) == value);
		ck_assert(hosts.put({1, 2}, 12) && hosts.put({2, 1}, 21) && hosts.get({1, 2}) == 12);
		for (auto [key, value] : hosts)
			ck_assert_int_eq(static_cast<int>(key.host * 10 + key.port), value);
	}
	ck_assert_int_eq(alive, before);
}
END_TEST

/* ---- Values ------------------------------------------------------------------ */

template <class Value> static void values_come_back(std::initializer_list<Value> values)
{
	nbmap::map<int, Value> map;
	auto section = map.enter();

	for (const Value &value : values) {
		require(section.put(1, value));
		auto found = section.get(1);

		require(found);
		require(*found == value);
		require(std::is_empty_v<Value> || std::memcmp(&*found, &value, sizeof(value)) == 0);
		require(section.replace(1, value, value));
		require(*section.get_or_add(2, [&] { return value; }) == value);
		require(section.erase_equal(2, value));
		require(section.update(2, [&](std::optional<Value>) { return value; }));
		require(section.get(2) == value);
		require(section.erase(2));
	}
}

template <class Value> static void values_are_refused(std::initializer_list<Value> values)
{
	nbmap::map<int, Value> map;
	auto section = map.enter();

	require(section.put(1, Value{5}));
	for (const Value &value : values) {
		require(section.put(1, value).error() == -ERANGE);
		require(section.update(1, [&](std::optional<Value>) { return value; }).error() == -ERANGE);
		require(!section.get_or_add(2, [&] { return value; }));
		require(section.erase_equal(1, value).error() == -EAGAIN);
		require(section.get(1) == Value{5} && !section.get(2));
	}
}

struct rgb {
	unsigned char red, green, blue;

	friend bool operator==(const rgb &a, const rgb &b)
	{
		return a.red == b.red && a.green == b.green && a.blue == b.blue;
	}
};

struct seven {
	char text[7];

	friend bool operator==(const seven &a, const seven &b)
	{
		return std::memcmp(a.text, b.text, 7) == 0;
	}
};

/* Neither a default, nor assignment. */
struct rigid {
	const short a;

	explicit rigid(short n) : a(n)
	{
	}

	friend bool operator==(const rigid &a, const rigid &b)
	{
		return a.a == b.a;
	}
};

struct present {
	friend bool operator==(present, present)
	{
		return true;
	}
};

START_TEST(test_values_in_the_map_itself)
{
	constexpr std::uint64_t most = NBMAP_INT_MAX;
	constexpr long long half = static_cast<long long>(most / 2);
	enum class big : std::uint64_t { none, small = 5, most = NBMAP_INT_MAX, more };

	values_come_back<bool>({false, true});
	values_come_back<char>({'\0', 'z', static_cast<char>(-1)});
	values_come_back<std::byte>({std::byte{0}, std::byte{255}});
	values_come_back<std::int8_t>({-128, -1, 0, 127});
	values_come_back<std::uint16_t>({0, 65535});
	values_come_back<int>({INT32_MIN, -1, 0, 1, INT32_MAX});
	values_come_back<unsigned>({0, UINT32_MAX});
	values_come_back<long>({-half - 1, -2, -1, 0, 1, 2, half});
	values_come_back<long long>({-half - 1, -2, -1, 0, 1, 2, half});
	values_come_back<unsigned long>({0, 1, most});
	values_come_back<unsigned long long>({0, 1, most});
	values_come_back<color>({color::red, color::green, color::blue});
	values_come_back<big>({big::none, big::most});
	values_come_back<float>({0, -0.0f, 1.5f, -1e30f});
	values_come_back<rgb>({{0, 0, 0}, {255, 255, 255}, {1, 2, 3}});
	values_come_back<seven>({{{1, 2, 3, 4, 5, 6, 7}}, {{-1, -1, -1, -1, -1, -1, -1}}});
	values_come_back<rigid>({rigid(-1), rigid(7)});
	values_come_back<present>({{}});

	values_are_refused<unsigned long>({most + 1, UINT64_MAX});
	values_are_refused<unsigned long long>({most + 1, UINT64_MAX});
	values_are_refused<big>({big::more});
	values_are_refused<long>({half + 1, -half - 2, INT64_MAX, INT64_MIN});
}
END_TEST

START_TEST(test_numbers_are_those_of_the_header)
{
	nbmap::map<std::uint64_t, std::uint64_t> map;
	nbmap::map<std::string_view, std::uint64_t> names;
	auto section = map.enter();
	auto inner = names.enter();
	nbmap_bytes key = {"abc", 3};
	std::optional<std::uint64_t> seen;

	ck_assert(section.put(1, 5));
	ck_assert_uint_eq(nbmap_int_of(nbmap_u64_get(map.handle(), 1)), 5);
	ck_assert_int_eq(nbmap_put(names.handle(), &key, nbmap_int(6), nullptr), 0);
	ck_assert(inner.get("abc") == 6u);
	ck_assert(section.add_int(1, -2, &seen) && seen == 5u && section.get(1) == 3u);
	ck_assert(section.add_int(2, 4, &seen) && !seen && section.get(2) == 4u);
	ck_assert_int_eq(section.add_int(2, -5, &seen).error(), -ERANGE);
	ck_assert(seen == 4u && section.get(2) == 4u);
}
END_TEST

struct alignas(64) wide {
	char text[64];
	counted one{1};
};

/* Deletes what a deleter of its own has made; no state. */
struct malloced {
	void operator()(std::uint64_t *p) const noexcept
	{
		alive--;
		std::free(p);
	}
};

struct base {
	virtual ~base() = default;
	counted one{1};
};

struct derived : base {
	counted two{2};
};

START_TEST(test_objects_of_all_sorts)
{
	long before = alive;
	{
		nbmap::map<int, std::unique_ptr<wide>> wides;
		nbmap::map<int, std::unique_ptr<counted[]>> arrays;
		nbmap::map<int, std::unique_ptr<std::uint64_t, malloced>> blocks;
		nbmap::map<int, std::unique_ptr<base>> bases;
		nbmap::map<int, std::unique_ptr<const counted>> constants;
		auto section = wides.enter();

		for (int i = 0; i < 40; i++) {
			auto *block = static_cast<std::uint64_t *>(std::malloc(8));

			alive++;
			*block = 3;
			ck_assert(section.put(i % 2, std::make_unique<wide>()));
			ck_assert(arrays.within(section).put(i % 2, std::unique_ptr<counted[]>(new counted[2]{
									     counted(1), counted(2)})));
			ck_assert(blocks.within(section).put(i % 2, std::unique_ptr<std::uint64_t, malloced>(block)));
			ck_assert(bases.within(section).put(i % 2, std::make_unique<derived>()));
			ck_assert(constants.within(section).put(i % 2, std::make_unique<counted>(7)));
			ck_assert(bases.within(section).update(i % 2, [](base *) { return std::make_unique<derived>(); }));
		}
		ck_assert_uint_eq(reinterpret_cast<std::uintptr_t>(section.get(1)) % 64, 0);
		ck_assert(arrays.within(section).get(1)[1].number == 2);
		ck_assert(*blocks.within(section).get(1) == 3);
		ck_assert(constants.within(section).get(1)->number == 7);
	}
	ck_assert_int_eq(alive, before);
}
END_TEST

/* An object at an address that no map can hold. */
struct astray {
	static inline char room[64];
	char text[2];

	void operator delete(void *) noexcept
	{
		alive--;
	}
};

START_TEST(test_what_is_no_value_is_refused_and_deleted)
{
	nbmap::map<int, std::unique_ptr<astray>> map;
	nbmap::map<int, counted *> borrowed;
	auto section = map.enter();
	auto make = [] {
		alive++;
		return std::unique_ptr<astray>(reinterpret_cast<astray *>(astray::room + 1));
	};
	auto value = make();

	ck_assert_int_eq(section.put(1, std::move(value)).error(), -EINVAL);
	ck_assert(value != nullptr);
	value.reset();
	ck_assert_int_eq(section.put(1, std::move(value)).error(), -EINVAL);
	ck_assert_int_eq(section.get_or_add(1, make).error(), -EINVAL);
	ck_assert_int_eq(section.get_or_add(1, [] { return nullptr; }).error(), -ENOMEM);
	ck_assert_int_eq(section.update(1, [&](astray *) { return make(); }).error(), -EINVAL);
	ck_assert_int_eq(section.update(1, [&](astray *) { return nullptr; }).error(), -EINVAL);
	ck_assert_int_eq(borrowed.within(section).put(1, nullptr).error(), -EINVAL);
	ck_assert_uint_eq(section.count(), 0);
	ck_assert_int_eq(alive, 0);
}
END_TEST

/* A handle that counts references, and values that are compared by what is in them. */
struct shared {
	static inline long references;
	static inline long asked;
	int number;
	int count;
};

class handle {
public:
	using element_type = shared;

	explicit handle(shared *p = nullptr) noexcept : p_(p)
	{
	}

	handle(handle &&other) noexcept : p_(other.release())
	{
	}

	handle &operator=(handle &&) = delete;

	~handle()
	{
		if (p_ && --p_->count == 0) {
			shared::references--;
			delete p_;
		}
	}

	shared *get() const noexcept
	{
		return p_;
	}

	shared *release() noexcept
	{
		return std::exchange(p_, nullptr);
	}

private:
	shared *p_;
};

template <> struct nbmap::value_traits<handle> : nbmap::owned_value<handle> {
	static bool equal(const shared &a, const shared &b) noexcept
	{
		return a.number == b.number;
	}

	static std::size_t size(const shared &) noexcept
	{
		shared::asked++;
		return 100;
	}
};

/* The header's example. */
using std::chrono::seconds;

template <> struct nbmap::value_traits<seconds> : nbmap::number_value<std::int64_t> {
	using item = seconds;
	using expected = seconds;

	static void *word(seconds s) noexcept
	{
		return number_value::word(s.count());
	}

	static void *expected_word(seconds s) noexcept
	{
		return word(s);
	}

	static seconds show(void *word) noexcept
	{
		return seconds(number_value::show(word));
	}
};

/* All by itself. */
struct tagged {
	int *pointer;
	bool tag;
};

template <> struct nbmap::value_traits<tagged> {
	static constexpr bool owned = false;
	using item = tagged;
	using expected = const tagged &;

	static void *word(tagged value) noexcept
	{
		return reinterpret_cast<char *>(value.pointer) + (value.tag ? 4 : 0);
	}

	static const void *expected_word(const tagged &value) noexcept
	{
		return word(value);
	}

	static tagged show(void *word) noexcept
	{
		bool tag = reinterpret_cast<std::uintptr_t>(word) % 8 != 0;

		return {reinterpret_cast<int *>(static_cast<char *>(word) - (tag ? 4 : 0)), tag};
	}
};

START_TEST(test_values_of_traits_that_are_complete)
{
	alignas(8) int there[2] = {1, 2};
	nbmap::map<int, tagged> map;
	nbmap::map<int, seconds> times;
	auto section = map.enter();
	auto time = times.within(section);
	std::optional<tagged> seen;

	ck_assert(section.put(1, {there, true}) && section.put(2, {there, false}, &seen) && !seen);
	ck_assert(section.get(1)->tag && !section.get(2)->tag && section.get(2)->pointer == there);
	ck_assert_int_eq(section.replace(1, {there, false}, {there, false}).error(), -EAGAIN);
	ck_assert(section.replace(1, {there, true}, {there, false}, &seen) && seen->tag && !section.get(1)->tag);
	ck_assert(time.put(1, seconds(-5)) && time.get(1) == seconds(-5));
	ck_assert(time.replace(1, seconds(-5), seconds(7)) && time.erase_equal(1, seconds(7)));
	ck_assert_int_eq(time.put(1, seconds::max()).error(), -ERANGE);
}
END_TEST

START_TEST(test_values_of_own_traits)
{
	shared::references = 2;
	{
		nbmap::map<int, handle> map;
		auto section = map.enter();
		shared other = {7, 1};

		ck_assert(section.put(1, handle(new shared{6, 1})));
		ck_assert_int_eq(section.erase_equal(1, &other).error(), -EAGAIN);
		other.number = 6;
		ck_assert(section.replace(1, &other, handle(new shared{8, 1})));
		ck_assert_int_eq(section.get(1)->number, 8);
		ck_assert_int_ne(shared::asked, 0);
	}
	ck_assert_int_eq(shared::references, 0);
}
END_TEST

/* ---- Objects that are yours --------------------------------------------------- */

START_TEST(test_what_is_retired_is_deleted_later)
{
	begin(static_cast<nbmap_flavor>(_i), [](const nbmap::options &options) {
		nbmap::map<int, counted *> map(options);
		{
			auto section = map.enter();
			counted *seen = nullptr;
			owned one(new counted(1));
			std::unique_ptr<counted[]> many(new counted[2]{counted(1), counted(2)});

			require(section.put(1, one.get()));
			(void)one.release();
			require(section.erase(1, &seen) && seen->number == 1);
			one.reset(seen);
			require(section.retire(std::move(one)) && !one);
			require(seen->number == 1);
			require(section.retire(std::move(one)).error() == -EINVAL);
			require(section.retire(std::move(many)) && !many);
		}
		require(map.barrier());
	});
}
END_TEST

/* ---- Many keys --------------------------------------------------------------- */

template <class Map> struct walks_scans_and_batches_find_all {
	using Key = typename Map::key_type;
	using Value = typename Map::mapped_type;
	static constexpr std::uint64_t n = 300;

	/* Sees each number from 1 to n once. */
	struct census {
		std::array<int, n + 1> times{};

		void see(std::uint64_t number)
		{
			require(number >= 1 && number <= n && times[number]++ == 0);
		}

		void all() const
		{
			for (std::uint64_t i = 1; i <= n; i++)
				require(times[i] == 1);
		}
	};

	static void run(const nbmap::options &options)
	{
		Map map(options);
		const Map &constant = map;
		std::vector<Key> keys;

		{
			auto section = map.enter();

			for (std::uint64_t i = 1; i <= n; i++) {
				keys.push_back(key<Key>(i));
				require(section.get_or_add(keys.back(), [i] { return value<Value>(i); }));
			}
		}
		{
			census by_range, by_walk, by_scan;
			const auto section = constant.enter();
			auto all = section.walk();
			nbmap::cursor cursor = nbmap::cursor::at(test_random_stream(1));
			typename Map::place places[40];

			for (auto [k, v] : section) {
				by_range.see(number(v));
				require(number(section.get(k)) == number(v));
			}
			by_range.all();
			require(all);
			for (const auto &entry : all)
				by_walk.see(number(entry.value));
			by_walk.all();
			while (cursor.cycle == 0) {
				auto some = section.scan(cursor, places);
				std::size_t found = 0;

				require(some);
				for (auto [k, v] : *some) {
					by_scan.see(number(v));
					require(number((*some)[found].value) == number(v));
					found++;
					require(section.contains(k));
				}
				require(found == (*some).size() && (*some).empty() == (found == 0));
			}
			by_scan.all();
			require(section.scan(cursor, places, 0).error() == -EINVAL);
		}
		{
			auto section = map.enter();

			/* Fewer than a batch, and more than several. */
			for (std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{64}, std::size_t{65}, std::size_t{n}}) {
				std::vector<typename Map::found> found(n + 1);

				section.get_batch(keys.data(), found.data(), count);
				for (std::size_t i = 0; i < count; i++)
					require(found[i] && number(found[i].value()) == i + 1);
			}
			for (const Key &k : keys) {
				typename Map::view seen{};

				require(section.erase(k, &seen));
				displaced<Map>(section, seen);
			}
			auto stats = section.stats();

			require(stats.entries == 0 && stats.capacity > 0);
			std::FILE *out = std::tmpfile();

			require(out && section.dump(out));
			std::fclose(out);
			typename Map::found none[2];

			section.get_batch(keys.data(), none, 2);
			require(!none[0] && !none[1].value());
		}
	}
};

START_TEST(test_walks_scans_and_batches_find_all)
{
	for_all_maps<walks_scans_and_batches_find_all>(_i);
}
END_TEST

START_TEST(test_a_walk_without_memory_is_no_walk)
{
	begin(NBMAP_BP, [](nbmap::options options) {
		const nbmap_allocator allocator = {allocate, release, nullptr};
		int refused = 0;

		options.allocator = &allocator;
		nbmap::map<std::uint64_t, std::uint64_t> map(options);
		auto section = map.enter();

		/* A walk finishes a migration, for which it may need a table. */
		for (std::uint64_t i = 0; i < 2000 && !refused; i++) {
			require(section.put(i, i));
			no_memory = true;
			auto all = section.walk();

			if (!all) {
				refused++;
				require(all.error() == -ENOMEM && all.begin() == all.end());
				try {
					for (auto [key, value] : section)
						require(key > value);
					require(!"thrown");
				} catch (const std::bad_alloc &) {
				}
			}
			no_memory = false;
		}
		(void)refused;
	});
}
END_TEST

/* ---- Threads ------------------------------------------------------------------ */

START_TEST(test_threads)
{
	constexpr std::uint64_t threads = 8, keys = 16;
	const std::uint64_t rounds = test_rounds(4000, 400);

	begin(static_cast<nbmap_flavor>(_i), [&](const nbmap::options &options) {
		nbmap::map<std::string_view, owned> objects(options);
		nbmap::map<std::uint64_t, std::uint64_t> sums(options);
		std::atomic<std::uint64_t> made{0};
		std::vector<std::thread> crew;

		auto work = [&](std::uint64_t me) {
			nbmap::registration registered(options.flavor);
			std::uint64_t random = test_random_stream(me);

			for (std::uint64_t i = 0; i < rounds; i++) {
				std::uint64_t k = test_random(&random) % keys;
				char text[2] = {'k', static_cast<char>('a' + k)};
				std::string_view key(text, 2);
				{
					auto section = objects.enter();
					auto inner = sums.within(section);

					require(inner.add_int(k, 1));
					require(section.update(key, [&](counted *now, counted *spare) -> nbmap::change<owned> {
						std::uint64_t next = now ? now->number + 1 : 1;

						if (i % 16 == 15)
							return nbmap::keep;
						if (!spare)
							return std::make_unique<counted>(next);
						spare->number = next;
						return nbmap::reuse;
					}));
					if (i % 16 == 15)
						try {
							(void)section.update(key, [](counted *) -> nbmap::change<owned> {
								throw oops{1};
							});
							require(!"thrown");
						} catch (const oops &) {
						}
					auto first = section.get_or_add("first", [&] {
						made.fetch_add(1, std::memory_order_relaxed);
						return std::make_unique<counted>(me);
					});
					require(first && (*first)->number < threads);
					for (auto [name, value] : section)
						require(name.size() >= 2 && value->number <= threads * rounds);
				}
				(void)nbmap_thread_quiescent(options.flavor);
			}
		};

		{
			nbmap::offline away(options.flavor);

			for (std::uint64_t i = 0; i < threads; i++)
				crew.emplace_back(work, i);
			for (std::thread &thread : crew)
				thread.join();
		}
		{
			auto section = objects.enter();
			std::uint64_t updates = 0, sum = 0;

			for (auto [name, value] : section)
				updates += name == "first" ? 0 : value->number;
			for (auto [key, value] : sums.within(section))
				sum += value;
			require(sum == threads * rounds);
			require(updates == threads * (rounds - rounds / 16));
		}
		require(objects.barrier());
	});
}
END_TEST

START_TEST(test_a_thread_is_registered_once)
{
	nbmap_flavor flavor = static_cast<nbmap_flavor>(_i);

	begin(flavor, [&](const nbmap::options &options) {
		nbmap::map<int, int> map(options);

		in_thread(flavor, [&] {
			auto section = map.enter();

			require(section.put(1, 1));
		});
		/* It is unregistered, and so nobody waits for it. */
		require(map.synchronize());
		auto section = map.enter();

		require(section.get(1) == 1);
	});
}
END_TEST

/* ---- Errors ------------------------------------------------------------------- */

START_TEST(test_a_status_says_what_the_header_says)
{
	nbmap::status done, full(-ENOBUFS), poor(-ENOMEM);
	nbmap::result<int> seven(7), none(full);

	ck_assert(done && !done.error() && !done.code());
	ck_assert(!full && full.error() == -ENOBUFS && full.code() == std::errc::no_buffer_space);
	done.or_throw();
	try {
		poor.or_throw();
		ck_abort_msg("not thrown");
	} catch (const std::bad_alloc &) {
	}
	try {
		full.or_throw();
		ck_abort_msg("not thrown");
	} catch (const std::system_error &error) {
		ck_assert(error.code() == full.code());
	}
	ck_assert(seven && *seven == 7 && seven.value() == 7);
	try {
		(void)none.value();
		ck_abort_msg("not thrown");
	} catch (const std::system_error &error) {
		ck_assert(error.code() == full.code());
	}
}
END_TEST

/* ---- Types that are not complete yet ------------------------------------------ */

struct later;

class holder {
public:
	holder();
	~holder();
	std::uint64_t first();

private:
	nbmap::map<int, std::unique_ptr<later>> map_;
	nbmap::map<int, later *> borrowed_;
};

struct later {
	counted one{41};
};

holder::holder() = default;
holder::~holder() = default;

std::uint64_t holder::first()
{
	auto section = map_.enter();

	return section.put(1, std::make_unique<later>()) ? section.get(1)->one.number : 0;
}

START_TEST(test_values_may_be_completed_later)
{
	long before = alive;

	ck_assert_uint_eq(holder().first(), 41);
	ck_assert_int_eq(alive, before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cpp");
	TCase *tcase = tcase_create("cpp");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_calls_agree_with_the_header, 0, FLAVORS);
	tcase_add_loop_test(tcase, test_exceptions_leave_the_map_as_it_is, 0, FLAVORS);
	tcase_add_loop_test(tcase, test_a_spare_is_reused_or_discarded, 0, FLAVORS);
	tcase_add_test(tcase, test_without_a_spare_there_is_nothing_to_reuse);
	tcase_add_test(tcase, test_a_copy_of_a_key_that_throws_is_no_memory);
	tcase_add_test(tcase, test_without_memory_a_value_stays_the_callers);
	tcase_add_test(tcase, test_at_the_limit_a_value_stays_the_callers);
	tcase_add_loop_test(tcase, test_a_map_moves_and_its_sections_stay, 0, FLAVORS);
	tcase_add_test(tcase, test_what_must_not_wait_is_refused);
	tcase_add_test(tcase, test_a_domain_is_shared_or_ones_own);
	tcase_add_test(tcase, test_a_map_that_cannot_be_throws);
	tcase_add_loop_test(tcase, test_sections_nest_and_are_handed_on, 0, FLAVORS);
	tcase_add_test(tcase, test_keys_of_all_sorts);
	tcase_add_test(tcase, test_keys_of_bytes);
	tcase_add_test(tcase, test_keys_of_own_types);
	tcase_add_test(tcase, test_values_in_the_map_itself);
	tcase_add_test(tcase, test_numbers_are_those_of_the_header);
	tcase_add_test(tcase, test_objects_of_all_sorts);
	tcase_add_test(tcase, test_what_is_no_value_is_refused_and_deleted);
	tcase_add_test(tcase, test_values_of_traits_that_are_complete);
	tcase_add_test(tcase, test_values_of_own_traits);
	tcase_add_loop_test(tcase, test_what_is_retired_is_deleted_later, 0, FLAVORS);
	tcase_add_loop_test(tcase, test_walks_scans_and_batches_find_all, 0, FLAVORS);
	tcase_add_test(tcase, test_a_walk_without_memory_is_no_walk);
	tcase_add_loop_test(tcase, test_threads, 0, FLAVORS);
	tcase_add_loop_test(tcase, test_a_thread_is_registered_once, 0, FLAVORS);
	tcase_add_test(tcase, test_a_status_says_what_the_header_says);
	tcase_add_test(tcase, test_values_may_be_completed_later);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
