/*
 * calls: every name of nbmap.hpp once, under many compilers, standards and warnings.
 *
 * What can be said of the types is said when this is compiled.  It needs neither
 * exceptions nor RTTI, and where there are exceptions also uses what throws.  Run, it
 * answers 0 if all calls do what they should.
 */
#include <nbmap.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/* An assertion that is there in all builds. */
#define REQUIRE(condition) ((condition) ? static_cast<void>(0) : stop_at(__LINE__, #condition))

[[noreturn]] static void stop_at(int line, const char *condition)
{
	std::fprintf(stderr, "calls.cpp:%d: %s\n", line, condition);
	std::abort();
}

struct never_throws {
	std::uint64_t operator()(std::optional<std::uint64_t>) const noexcept;
	std::uint64_t operator()() const noexcept;
};

struct may_throw {
	std::uint64_t operator()(std::optional<std::uint64_t>) const;
	std::uint64_t operator()() const;
};

/* The header asks for no name by its arguments alone. */
template <class... T> void swap(T &&...) = delete;
template <class... T> void read(T &&...) = delete;
template <class... T> void move(T &&...) = delete;
template <class... T> void exchange(T &&...) = delete;

/* ---- What is known of the types ------------------------------------------------ */

namespace
{

using numbers = nbmap::map<std::uint64_t, std::uint64_t>;
using words = nbmap::map<std::string_view, std::uint64_t>;
using texts = nbmap::map<int, std::unique_ptr<std::string>>;
using borrowed = nbmap::map<std::string, int *>;

struct point {
	int x;
	int y;

	friend bool operator==(const point &a, const point &b) noexcept
	{
		return a.x == b.x && a.y == b.y;
	}
};

struct port {
	unsigned char bits;
};

} // namespace

template <> struct nbmap::key_traits<point> : nbmap::object_key<point> {
	static std::uint64_t hash(const point &p, std::uint64_t seed) noexcept
	{
		return nbmap_hash_bytes(&p, sizeof(p), seed);
	}
};

namespace
{

using points = nbmap::map<point, port>;

template <class T> using get_of = decltype(std::declval<T>().get(1));
template <class T> using walk_of = decltype(std::declval<T>().walk());
template <class T> using put_of = decltype(std::declval<T>().put(1, std::declval<typename texts::value_argument>()));
template <class T> using erase_of = decltype(std::declval<T>().erase(1));
template <class T> using clear_of = decltype(std::declval<T>().clear());

template <template <class> class Call, class T, class = void> constexpr bool can = false;
template <template <class> class Call, class T> constexpr bool can<Call, T, std::void_t<Call<T>>> = true;

/* A section has all calls, a reader those that read, and neither without a name. */
static_assert(can<get_of, texts::section &> && can<get_of, const texts::section &>);
static_assert(can<put_of, const texts::section &> && can<erase_of, const texts::section &>);
static_assert(can<get_of, const texts::reader &> && can<walk_of, const texts::reader &>);
static_assert(!can<put_of, texts::reader &> && !can<erase_of, texts::reader &> && !can<clear_of, texts::reader &>);
static_assert(!can<get_of, texts::section> && !can<put_of, texts::section> && !can<walk_of, texts::section>);
static_assert(!can<get_of, texts::reader>);
static_assert(can<get_of, texts::writing> && can<get_of, texts::reading>);
static_assert(!can<get_of, texts &> && !can<put_of, texts &>);

static_assert(std::is_same_v<decltype(std::declval<texts &>().enter()), texts::section>);
static_assert(std::is_same_v<decltype(std::declval<const texts &>().enter()), texts::reader>);
static_assert(std::is_same_v<decltype(std::declval<const texts &>().unguarded()), texts::reading>);
static_assert(!std::is_copy_constructible_v<texts::section> && !std::is_move_constructible_v<texts::section> &&
	      !std::is_copy_assignable_v<texts::section> && !std::is_move_assignable_v<texts::section>);
static_assert(!std::is_copy_constructible_v<texts> && !std::is_copy_assignable_v<texts>);
static_assert(std::is_nothrow_move_constructible_v<texts> && std::is_nothrow_move_assignable_v<texts>);
static_assert(!std::is_copy_constructible_v<nbmap::domain> && std::is_nothrow_move_constructible_v<nbmap::domain>);
static_assert(std::is_nothrow_destructible_v<texts> && std::is_nothrow_destructible_v<texts::section>);
static_assert(!std::is_default_constructible_v<nbmap>);

/* Nothing but the pointer of C. */
static_assert(sizeof(texts) == sizeof(void *) && sizeof(texts::section) == sizeof(void *));
static_assert(sizeof(texts::found) == sizeof(void *) && sizeof(texts::place) == sizeof(nbmap_u64_entry));

static_assert(std::is_same_v<numbers::view, std::optional<std::uint64_t>>);
static_assert(std::is_same_v<texts::view, std::string *> && std::is_same_v<borrowed::view, int *>);
static_assert(std::is_same_v<borrowed::key_argument, std::string_view>);
static_assert(std::is_same_v<points::key_argument, const point &>);
static_assert(std::is_same_v<numbers::handle_type, nbmap_u64> && std::is_same_v<words::handle_type, nbmap>);

/* A status does not turn into a number. */
static_assert(!std::is_convertible_v<nbmap::status, int> && !std::is_convertible_v<nbmap::status, bool>);

template <class Fn>
constexpr bool nothrow = noexcept(std::declval<const numbers::section &>().update(1, std::declval<Fn>()))
	&& noexcept(std::declval<const numbers::section &>().get_or_add(1, std::declval<Fn>()));

static_assert(nothrow<never_throws>);
#if defined(__cpp_exceptions)
static_assert(!nothrow<may_throw>);
#else
static_assert(nothrow<may_throw>);
#endif
static_assert(noexcept(std::declval<const numbers::section &>().get(1)) &&
	      noexcept(std::declval<const numbers::section &>().put(1, 1)));

} // namespace

#if defined(__cpp_lib_ranges)
static_assert(std::input_iterator<texts::iterator> && std::sentinel_for<std::nullptr_t, texts::iterator>);
#endif

/* ---- Every call ---------------------------------------------------------------- */

static void call_numbers(numbers &map)
{
	const auto section = map.enter();
	std::optional<std::uint64_t> seen;
	const std::uint64_t keys[] = {1, 2, 3};
	numbers::found found[3];

	REQUIRE(section.add(1, 10) && section.put(1, 11) && section.set(1, 12) && section.replace(1, 12, 13));
	REQUIRE(section.put(1, 14, &seen) && seen == std::uint64_t{13});
	REQUIRE(section.add_int(1, -4) && section.get(1) == std::uint64_t{10} && section.contains(1));
	REQUIRE(section.update(1, [](std::optional<std::uint64_t> n) { return n.value_or(0) + 1; }));
	REQUIRE(section.update(2, [](std::optional<std::uint64_t>) noexcept { return nbmap::keep; }));
	REQUIRE(*section.get_or_add(2, [] { return 5; }) == 5);
	section.get_batch(keys, found, 3);
	REQUIRE(found[0].value() == std::uint64_t{11} && found[1] && !found[2]);
	REQUIRE(section.erase_equal(1, 10).error() == -EAGAIN && section.erase_equal(1, 11) && section.erase(2, &seen));
	REQUIRE(section.count() == 0 && section.stats().entries == 0 && section.clear());
}

static void call_words(words &map)
{
	const words &constant = map;
	nbmap::cursor cursor;
	words::place places[32];
	std::uint64_t sum = 0;
	{
		auto section = map.enter();

		for (const char *word : {"a", "b", "a"})
			REQUIRE(section.add_int(word, 1));
		REQUIRE(section.add_int(std::string("c"), 1));
	}
	auto section = constant.enter();
	auto all = section.walk();
	auto some = section.scan(cursor, places);

	REQUIRE(all && some && !some->empty() && cursor.cycle <= 1);
	for (auto [word, n] : all)
		sum += n + word.size();
	for (auto &&[word, n] : *some)
		sum += n + word.size();
	REQUIRE(sum == 14);
	REQUIRE(constant.within(section).get("a") == std::uint64_t{2});
#if defined(__cpp_exceptions)
	for (auto [word, n] : section)
		sum -= n + word.size();
	for (auto [word, n] : map.unguarded())
		sum -= n + word.size();
	REQUIRE(sum == 0);
#endif
}

static void call_texts(texts &map)
{
	auto section = map.enter();
	auto text = std::make_unique<std::string>("one");
	std::string *seen = nullptr;

	REQUIRE(section.put(1, std::move(text)) && !text);
	REQUIRE(!section.add(1, std::make_unique<std::string>("two"), &seen) && *seen == "one");
	REQUIRE(section.update(1, [](const std::string *now) { return std::make_unique<std::string>(*now + "!"); }));
	REQUIRE(section.update(1, [](std::string *, std::string *spare) -> nbmap::change<std::unique_ptr<std::string>> {
		if (spare)
			return nbmap::reuse;
		return nbmap::status(-EPERM);
	}).error() == -EPERM);
	REQUIRE(section.replace(1, section.get(1), std::make_unique<std::string>("three")));
	REQUIRE(**section.get_or_add(2, [] { return std::make_unique<std::string>("four"); }) == "four");
	REQUIRE(section.retire(std::make_unique<std::string>("five")));
	REQUIRE(section.update(2, [](std::string *) { return nbmap::remove; }));
	REQUIRE(section.count() == 1);
}

static void call_others()
{
	nbmap::domain domain(nullptr), shared(nullptr);
	points map(nullptr);
	borrowed other(nullptr);
	nbmap::options options;
	int number = 7;

	REQUIRE(domain.open({}) && shared.share(NBMAP_BP) && domain && !map);
	options.domain = domain.handle();
	options.capacity = 100;
	REQUIRE(map.open(options) && other.open());
	{
		auto section = domain.enter();
		auto inner = map.within(section);
		point key = {1, 2};
		std::FILE *out = std::tmpfile();

		REQUIRE(inner.put(key, port{3}) && inner.put({3, 4}, port{5}) && inner.get({1, 2})->bits == 3);
		REQUIRE(out && inner.dump(out));
		std::fclose(out);
		REQUIRE(other.within(section).put("seven", &number) && other.within(section).get("seven") == &number);
	}
	REQUIRE(map.synchronize() && map.barrier() && map.reclaim() && domain.synchronize() && domain.barrier());
	REQUIRE(map.reclaim_within(UINT64_MAX) && domain.reclaim_within(UINT64_MAX));
	REQUIRE(domain.reclaim() && domain.stats().pending_objects == 0 && map.domain_handle() == domain.handle());

	points moved(std::move(map));

	moved.swap(map);
	REQUIRE(map.handle() && map.close() && !map);
	REQUIRE(nbmap::status(-ENOENT).code() == std::errc::no_such_file_or_directory);
#if defined(__cpp_exceptions)
#if defined(__cpp_designated_initializers) && __cplusplus >= 202002L
	numbers small({.capacity = 10});
	nbmap::domain limited({.limit_objects = 100});
#else
	numbers small;
	nbmap::domain limited((nbmap::domain_options()));
#endif
	REQUIRE(small && limited);
#endif
}

/* All that is no template, whether it is called or not. */
template class nbmap::map<std::uint64_t, std::uint64_t>;
template class nbmap::map<std::string, std::unique_ptr<std::string>>;
template class nbmap::map<point, port>;
template class nbmap::map<int *, int *>;
template class nbmap::map<nbmap::bytes, bool>;
#if defined(__cpp_lib_span)
template class nbmap::map<std::span<const std::byte>, float>;
#endif

int main()
{
	numbers n(nullptr);
	words w(nullptr);
	texts t(nullptr);

	nbmap::registration registered(NBMAP_QSBR);
	nbmap::options qsbr;

	qsbr.flavor = NBMAP_QSBR;
	REQUIRE(registered && n.open() && w.open(qsbr) && t.open());
	call_numbers(n);
	call_words(w);
	call_texts(t);
	call_others();
	nbmap::offline away(NBMAP_QSBR);
}
