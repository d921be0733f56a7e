/*
 * nbmap.hpp: nbmap for C++17 and later.  nbmap::map<Key, Value> is a map of
 * nbmap.h, of either kind, with types in place of void pointers.  There is no code
 * behind it: each call here is one call there, inlined.  What nbmap.h says of that
 * call holds (section, progress, ordering, errors); here is only what differs.
 *
 *     nbmap::map<std::string_view, std::uint64_t> ages;
 *
 *     auto section = ages.enter();
 *     if (!section.put("Ada", 36))
 *             return;
 *     if (auto age = section.get("Ada"))
 *             std::cout << *age << '\n';
 *     for (auto [name, age] : section)
 *             std::cout << name << ": " << age << '\n';
 *
 * NAMES.  nbmap is a struct, and all of this is in it, because nbmap.h has a struct
 * of that name and C++ allows no namespace beside it.  So it cannot be the subject
 * of `using namespace`.  nbmap.h may be used beside it; handle() leads there.
 *
 * SECTIONS.  What nbmap.h marks [section] is a member of the section, and a section
 * comes from enter() and ends with its scope.  So a get outside of a section does not
 * compile.  A section cannot be copied or moved, so that it ends in the thread and
 * in the scope that began it.  It stays good if the map object is moved meanwhile.
 * They nest.  A section of a const map only reads.  within() and unguarded() are for
 * code that is in a section already, of another map or of liburcu's own.  What a call
 * hands out by pointer, reference or std::string_view is valid until the section
 * ends: a section that has no name does not hand it out.
 *
 * KEYS.  What they are, and by which type calls take and show them:
 *
 *   Key                              taken and shown as
 *   integer, bool, enum, 64 bits     Key; integer keys of nbmap.h
 *     at most; T * (the address)
 *   std::string_view, std::string    std::string_view; any bytes, also '\0'
 *   nbmap::bytes                     nbmap::bytes: any container of bytes
 *   std::span of const std::byte     the same (C++20)
 *     or const unsigned char
 *   any other                        what key_traits<Key> says
 *
 * Keys are copied into the map, but for integers.  Integers are converted to
 * uint64_t as the language does it: -1 is UINT64_MAX.
 *
 * VALUES.
 *
 *   Value                            is                       get returns
 *   std::unique_ptr<T>, <T[]>,       an object that the       T *, or nullptr
 *     <T, D> with an empty D           map owns
 *   T *                              an object of yours       T *, or nullptr
 *   bool, char, integers, enums      in the map itself        std::optional<Value>
 *   float
 *   structs of 7 bytes at most,      in the map itself        std::optional<Value>
 *     trivially copyable, without
 *     padding and floats
 *   any other                        what value_traits<Value> says
 *
 * Values in the map itself have 62 bits.  All that are shorter than 8 bytes fit.  Of
 * the 8-byte integers these do, others are refused with -ERANGE:
 *
 *   unsigned    0 to NBMAP_INT_MAX = 2^62 - 3; the same number as nbmap_int() has
 *   signed      1 - 2^61 to 2^61 - 2
 *
 * double, pointers to functions, and structs with padding do not compile: a value is
 * compared by its bits.  Keep those in a unique_ptr, or write a value_traits.
 *
 * OWNERSHIP.  A call takes over a unique_ptr if it stores it; if not, the caller
 * still has it: put(key, std::move(value)) leaves `value` as it was on any error.
 * What the map owns is deleted after a grace period, in any thread that
 * nbmap.h names for value_free; so destructors of keys and values must not throw, nor
 * take a lock that a caller may hold, nor destroy an nbmap::map.
 *
 * ERRORS are returned: calls give a status, which is true if what was asked for was
 * done, and has the negative errno of nbmap.h if not.  These throw: the constructors,
 * status::or_throw(), what says that it does as that, and your own lambdas.
 *
 * An exception from the lambda of an update or a get_or_add comes out of that call: the
 * map is as it was, and nothing leaks.  It is kept while C returns, and no frame of C is
 * unwound through.  A lambda that is noexcept spares the question, after the call,
 * whether it has thrown.  A lambda may run several times, must not change the map that
 * it is called for, and must not be a point of cancellation.
 *
 * hash, equal and destroy of a trait must not throw (std::terminate()); a copy of a key
 * that throws is -ENOMEM.
 *
 * With -fno-exceptions all is there but what throws: make maps by open().  RTTI is
 * not used.
 */
#ifndef NBMAP_HPP
#define NBMAP_HPP

#include "nbmap.h"

#include <cassert>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#if __cplusplus >= 202002L && __has_include(<span>)
#include <span>
#endif

#if __cplusplus < 201703L
#error "nbmap.hpp needs C++17"
#endif

#if defined(__cpp_exceptions)
#define NBMAP_HPP_THROWS 1
#else
#define NBMAP_HPP_THROWS 0
#endif

struct nbmap {
	nbmap() = delete;

	class status;
	template <class T> class result;

	template <class Key, class Enable = void> struct key_traits;
	template <class Key> struct integer_key;
	template <class View> struct bytes_key;
	template <class Lookup> struct object_key;
	class bytes;

	template <class Value, class Enable = void> struct value_traits;
	template <class Owner> struct owned_value;
	template <class T> struct borrowed_value;
	template <class Value> struct number_value;
	template <class Value> struct value_by_bytes;

	/*
	 * What an update's lambda wants done: leave the key as it is; remove its
	 * value; store the spare (see update()).
	 */
	enum class action { keep = NBMAP_KEEP, remove = NBMAP_REMOVE, reuse = NBMAP_SET };
	static constexpr action keep = action::keep;
	static constexpr action remove = action::remove;
	static constexpr action reuse = action::reuse;
	template <class Value> class change;

	struct options;
	struct domain_options;
	class guard;
	class domain;
	struct cursor;
	class registration;
	class offline;
	template <class Key, class Value> class map;

private:
	struct detail;
};

/* ---- Errors ------------------------------------------------------------- */

/* Whether a call did what was asked for, and if not, why. */
class [[nodiscard]] nbmap::status {
public:
	constexpr status() noexcept = default;

	/* `error` is 0, or a negative errno. */
	constexpr explicit status(int error) noexcept : error_(error)
	{
	}

	constexpr explicit operator bool() const noexcept
	{
		return error_ == 0;
	}

	/* 0, or a negative errno: see "ERRORS" in nbmap.h. */
	constexpr int error() const noexcept
	{
		return error_;
	}

	/* The same for the standard library: compares with std::errc. */
	std::error_code code() const noexcept
	{
		return std::error_code(-error_, std::generic_category());
	}

#if NBMAP_HPP_THROWS
	/* Throws std::bad_alloc for -ENOMEM, and std::system_error for all others. */
	void or_throw() const
	{
		if (error_ == -ENOMEM)
			throw std::bad_alloc();
		if (error_)
			throw std::system_error(code());
	}
#endif

private:
	int error_ = 0;
};

/* A status, and what the call was to find out: it is there if the status is true. */
template <class T> class [[nodiscard]] nbmap::result : public status {
public:
	constexpr explicit result(status why) noexcept : status(why)
	{
	}

	constexpr explicit result(T &&value) noexcept : value_(std::move(value))
	{
	}

	constexpr const T &operator*() const noexcept
	{
		assert(value_);
		return *value_;
	}

	constexpr const T *operator->() const noexcept
	{
		return std::addressof(**this);
	}

#if NBMAP_HPP_THROWS
	/* Throws as or_throw(). */
	constexpr const T &value() const
	{
		or_throw();
		return *value_;
	}
#endif

private:
	std::optional<T> value_;
};

/* ---- Internals: both kinds of map by one set of names -------------------- */

struct nbmap::detail {
	template <class> static constexpr bool never = false;

	/* A number, or an error below 0. */
	static result<std::size_t> counted(long n) noexcept
	{
		return n < 0 ? result<std::size_t>(status(static_cast<int>(n)))
			     : result<std::size_t>(static_cast<std::size_t>(n));
	}

	/* A conversion that no compiler calls useless. */
	template <class To, class From> static constexpr To convert(From from) noexcept
	{
		if constexpr (std::is_same_v<To, From>)
			return from;
		else
			return static_cast<To>(from);
	}

	/* What a lambda has returned, as a value.  Between numbers it is the caller who converts. */
	template <class To, class From> static constexpr To to(From &&from)
	{
		if constexpr (std::is_arithmetic_v<To> && std::is_arithmetic_v<std::decay_t<From>>)
			return convert<To, std::decay_t<From>>(from);
		else
			return std::forward<From>(from);
	}

	/* The calls of nbmap.h for integer keys, and for all others. */
	struct integer_calls {
		using handle = ::nbmap_u64;
		using key = std::uint64_t;
		using key_out = std::uint64_t;
		using entry = ::nbmap_u64_entry;

		static constexpr auto make = &::nbmap_u64_new;
		static constexpr auto destroy = &::nbmap_u64_destroy;
		static constexpr auto enter = &::nbmap_u64_enter;
		static constexpr auto leave = &::nbmap_u64_leave;
		static constexpr auto synchronize = &::nbmap_u64_synchronize;
		static constexpr auto barrier = &::nbmap_u64_barrier;
		static constexpr auto reclaim = &::nbmap_u64_reclaim;
		static constexpr auto reclaim_within = &::nbmap_u64_reclaim_within;
		static constexpr auto retire = &::nbmap_u64_retire;
		static constexpr auto domain_of = &::nbmap_u64_domain_of;
		static constexpr auto get = &::nbmap_u64_get;
		static constexpr auto get_batch = &::nbmap_u64_get_batch;
		static constexpr auto put = &::nbmap_u64_put;
		static constexpr auto add = &::nbmap_u64_add;
		static constexpr auto set = &::nbmap_u64_set;
		static constexpr auto replace = &::nbmap_u64_replace;
		static constexpr auto del = &::nbmap_u64_del;
		static constexpr auto del_if = &::nbmap_u64_del_if;
		static constexpr auto update = &::nbmap_u64_update;
		static constexpr auto add_int = &::nbmap_u64_add_int;
		static constexpr auto get_or_add = &::nbmap_u64_get_or_add;
		static constexpr auto iter_init = &::nbmap_u64_iter_init;
		static constexpr auto iter_next = &::nbmap_u64_iter_next;
		static constexpr auto scan = &::nbmap_u64_scan;
		static constexpr auto count = &::nbmap_u64_count;
		static constexpr auto clear = &::nbmap_u64_clear;
		static constexpr auto stats = &::nbmap_u64_stats;
		static constexpr auto dump = &::nbmap_u64_dump;
	};

	struct object_calls {
		using handle = ::nbmap;
		using key = const void *;
		using key_out = const void *;
		using entry = ::nbmap_entry;

		static constexpr auto make = &::nbmap_new;
		static constexpr auto destroy = &::nbmap_destroy;
		static constexpr auto enter = &::nbmap_enter;
		static constexpr auto leave = &::nbmap_leave;
		static constexpr auto synchronize = &::nbmap_synchronize;
		static constexpr auto barrier = &::nbmap_barrier;
		static constexpr auto reclaim = &::nbmap_reclaim;
		static constexpr auto reclaim_within = &::nbmap_reclaim_within;
		static constexpr auto retire = &::nbmap_retire;
		static constexpr auto domain_of = &::nbmap_domain_of;
		static constexpr auto get = &::nbmap_get;
		static constexpr auto get_batch = &::nbmap_get_batch;
		static constexpr auto put = &::nbmap_put;
		static constexpr auto add = &::nbmap_add;
		static constexpr auto set = &::nbmap_set;
		static constexpr auto replace = &::nbmap_replace;
		static constexpr auto del = &::nbmap_del;
		static constexpr auto del_if = &::nbmap_del_if;
		static constexpr auto update = &::nbmap_update;
		static constexpr auto add_int = &::nbmap_add_int;
		static constexpr auto get_or_add = &::nbmap_get_or_add;
		static constexpr auto iter_init = &::nbmap_iter_init;
		static constexpr auto iter_next = &::nbmap_iter_next;
		static constexpr auto scan = &::nbmap_scan;
		static constexpr auto count = &::nbmap_count;
		static constexpr auto clear = &::nbmap_clear;
		static constexpr auto stats = &::nbmap_stats;
		static constexpr auto dump = &::nbmap_dump;
	};

	/* The exception of a lambda on its way around the frames of C. */
	template <bool Throws, class Dummy = void> struct caught {
		template <class Body> auto attempt(Body body, decltype(body())) noexcept
		{
			return body();
		}

		void rethrow() const noexcept
		{
		}
	};

#if NBMAP_HPP_THROWS
	template <class Dummy> struct caught<true, Dummy> {
		/* What `body` returns, or `failed` if it throws. */
		template <class Body> auto attempt(Body body, decltype(body()) failed) noexcept
		{
			try {
				return body();
			} catch (...) {
				exception = std::current_exception();
				return failed;
			}
		}

		void rethrow()
		{
			if (exception)
				std::rethrow_exception(std::move(exception));
		}

		std::exception_ptr exception;
	};

	template <bool Nothrow> static constexpr bool may_throw = !Nothrow;
#else
	template <bool> static constexpr bool may_throw = false;
#endif

	/* A trait's optional members. */
	template <class Traits, class T, class = void> struct has_size : std::false_type {
	};
	template <class Traits, class T>
	struct has_size<Traits, T, std::void_t<decltype(Traits::size(std::declval<const T &>()))>> : std::true_type {
	};
	template <class Traits, class T, class = void> struct has_equal : std::false_type {
	};
	template <class Traits, class T>
	struct has_equal<Traits, T,
			 std::void_t<decltype(Traits::equal(std::declval<const T &>(), std::declval<const T &>()))>>
		: std::true_type {
	};

	template <class T> struct is_map : std::false_type {
	};
	template <class Key, class Value> struct is_map<map<Key, Value>> : std::true_type {
	};

	/* ---- Keys: as they are passed, and the callbacks of their type ---- */

	template <class Traits> struct passed_number {
		explicit passed_number(typename Traits::argument key) noexcept : number(Traits::number(key))
		{
		}

		operator std::uint64_t() const noexcept
		{
			return number;
		}

		std::uint64_t number;
	};

	template <class Traits> struct passed_bytes {
		explicit passed_bytes(typename Traits::argument key) noexcept : range{key.data(), key.size()}
		{
		}

		operator const void *() const noexcept
		{
			return &range;
		}

		::nbmap_bytes range;
	};

	template <class Traits> struct passed_object {
		explicit passed_object(typename Traits::argument key) noexcept : object(std::addressof(key))
		{
		}

		operator const void *() const noexcept
		{
			return object;
		}

		const void *object;
	};

	template <class Traits, class Lookup> struct key_callbacks {
		static const Lookup &key_at(const void *key) noexcept
		{
			return *static_cast<const Lookup *>(key);
		}

		static std::uint64_t hash(const void *key, std::uint64_t seed, void *) noexcept
		{
			return Traits::hash(key_at(key), seed);
		}

		static bool equal(const void *a, const void *b, void *) noexcept
		{
			return Traits::equal(key_at(a), key_at(b));
		}

		static void *dup(const void *key, void *) noexcept
		{
			caught<may_throw<noexcept(Traits::copy(key_at(key)))>> caught;

			/* A copy of a derived type may be at another address than its Lookup. */
			return const_cast<Lookup *>(caught.attempt(
				[&]() -> const Lookup * { return Traits::copy(key_at(key)); }, nullptr));
		}

		static void free(void *key, void *) noexcept
		{
			Traits::destroy(static_cast<const Lookup *>(key));
		}

		static std::size_t size(const void *key, void *) noexcept
		{
			return Traits::size(key_at(key));
		}
	};

	/* How keys are passed to C and read from there. */
	template <class Traits> struct integer_way {
		using calls = integer_calls;
		using passed = passed_number<Traits>;

		static typename Traits::shown show(std::uint64_t number) noexcept
		{
			return Traits::key(number);
		}

		static void describe(::nbmap_type &) noexcept
		{
		}
	};

	template <class Traits> struct bytes_way {
		using calls = object_calls;
		using passed = passed_bytes<Traits>;

		static typename Traits::shown show(const void *key) noexcept
		{
			const ::nbmap_bytes *range = static_cast<const ::nbmap_bytes *>(key);

			return Traits::key(range->data, range->size);
		}

		static void describe(::nbmap_type &type) noexcept
		{
			type = *::nbmap_type_bytes();
		}
	};

	template <class Traits> struct object_way {
		using calls = object_calls;
		using passed = passed_object<Traits>;
		using lookup = typename Traits::lookup;

		static typename Traits::shown show(const void *key) noexcept
		{
			return *static_cast<const lookup *>(key);
		}

		static void describe(::nbmap_type &type) noexcept
		{
			using callbacks = key_callbacks<Traits, lookup>;

			type.hash = callbacks::hash;
			type.equal = callbacks::equal;
			type.key_dup = callbacks::dup;
			type.key_free = callbacks::free;
			if constexpr (has_size<Traits, lookup>::value)
				type.key_size = callbacks::size;
		}
	};

	/* ---- Values: the callbacks of their type ---- */

	template <class Traits, class T> struct value_callbacks {
		static void free(void *value, void *) noexcept
		{
			Traits::destroy(value);
		}

		static bool equal(const void *a, const void *b, void *) noexcept
		{
			return Traits::equal(*static_cast<const T *>(a), *static_cast<const T *>(b));
		}

		static std::size_t size(const void *value, void *) noexcept
		{
			return Traits::size(*static_cast<const T *>(value));
		}
	};

	template <class Traits> static void describe_values(::nbmap_type &type) noexcept
	{
		if constexpr (Traits::owned) {
			using element = std::remove_pointer_t<typename Traits::item>;
			using callbacks = value_callbacks<Traits, element>;

			type.value_free = callbacks::free;
			if constexpr (has_size<Traits, element>::value)
				type.value_size = callbacks::size;
			if constexpr (has_equal<Traits, element>::value)
				type.value_equal = callbacks::equal;
		}
	}

	/* Whether a map can hold this pointer: what put answers by -EINVAL. */
	static bool is_value(const void *value) noexcept
	{
		std::uintptr_t word = reinterpret_cast<std::uintptr_t>(value);

		return word >= 8 && word % 4 == 0;
	}

	/* ---- Numbers and bytes, and the 62 bits of a value ---- */

	template <class T, bool = std::is_enum_v<T>> struct plain {
		using type = T;
	};
	template <class T> struct plain<T, true> {
		using type = std::underlying_type_t<T>;
	};

	/* A number without its sign; signed ones of 8 bytes alternate: 0, -1, 1, -2, ... */
	template <class T> static constexpr std::uint64_t to_bits(T value) noexcept
	{
		using number = typename plain<T>::type;

		if constexpr (std::is_same_v<number, bool>) {
			return convert<number>(value) ? 1 : 0;
		} else {
			using magnitude = std::make_unsigned_t<number>;
			magnitude bits = convert<magnitude>(convert<number>(value));

			if constexpr (std::is_signed_v<number> && sizeof(number) == 8)
				return bits << 1 ^ (convert<number>(value) < 0 ? UINT64_MAX : 0);
			else
				return convert<std::uint64_t>(bits);
		}
	}

	template <class T> static constexpr T from_bits(std::uint64_t bits) noexcept
	{
		using number = typename plain<T>::type;

		if constexpr (std::is_same_v<number, bool>)
			return convert<T>(bits != 0);
		else if constexpr (std::is_signed_v<number> && sizeof(number) == 8)
			return convert<T>(convert<number>(bits >> 1 ^ (bits & 1 ? UINT64_MAX : 0)));
		else
			return convert<T>(convert<number>(bits));
	}

	template <class T>
	static constexpr bool is_number = (std::is_integral_v<T> || std::is_enum_v<T>) && sizeof(T) <= 8;

	template <class T>
	static constexpr bool is_small = std::is_trivially_copyable_v<T> && std::is_copy_constructible_v<T> &&
					 !is_number<T> && !std::is_pointer_v<T> && !std::is_member_pointer_v<T> &&
					 sizeof(T) <= 7 &&
					 (std::has_unique_object_representations_v<T> || std::is_floating_point_v<T> ||
					  std::is_empty_v<T>);

	/* Where the bytes of a number that is less than 2^8n begin. */
	static constexpr std::size_t first_byte(std::size_t n) noexcept
	{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		return sizeof(std::uint64_t) - n;
#else
		return n - n;
#endif
	}
};

/* ---- Key traits --------------------------------------------------------- */

/*
 * What a map needs to know of its keys.  For a type of your own:
 *
 *     template <> struct nbmap::key_traits<point> : nbmap::object_key<point> {
 *             static std::uint64_t hash(const point &p, std::uint64_t seed) noexcept
 *             {
 *                     return nbmap_hash_bytes(&p, sizeof(p), seed);
 *             }
 *     };
 *
 * and, where it is at most 64 bits long and equal bits are equal keys:
 *
 *     template <> struct nbmap::key_traits<address> : nbmap::integer_key<address> {
 *             static std::uint64_t number(address a) noexcept { return a.bits; }
 *             static address key(std::uint64_t number) noexcept { return address{std::uint32_t(number)}; }
 *     };
 */
template <class Key, class Enable> struct nbmap::key_traits {
	static_assert(detail::never<Key>, "this type is no key of nbmap::map: use std::string_view for strings, or "
					  "specialise nbmap::key_traits");
};

/*
 * Keys that are numbers.
 *
 * number   the number for a key, ...
 * key      ... and back
 */
template <class Key> struct nbmap::integer_key {
	using argument = Key;
	using shown = Key;
	template <class Traits> using way = detail::integer_way<Traits>;
};

/*
 * Keys of which the map has copies, callbacks and all.  `Lookup` is what calls take, by
 * const reference, and what a walk shows.  Only hash has to be added, the others may
 * be replaced:
 *
 * hash      any function of the key; `seed` is the map's
 * equal     whether two keys are the same; by default ==
 * copy      the map's own copy, by default new: any object that is a Lookup, so a Lookup
 *           that only refers to data may be copied to a derived one that has the data.
 *           It may also take a reference to what it returns, which is then an object that has
 *           its key inside.
 * destroy   undoes copy; by default delete
 * size      how many bytes destroy gives back; by default that is not told.  See
 *           key_size in nbmap.h
 *
 * They are called as those of struct nbmap_type.
 */
template <class Lookup> struct nbmap::object_key {
	using lookup = Lookup;
	using argument = const Lookup &;
	using shown = const Lookup &;
	template <class Traits> using way = detail::object_way<Traits>;

	static bool equal(const Lookup &a, const Lookup &b)
	{
		return a == b;
	}

	static const Lookup *copy(const Lookup &key)
	{
		return new Lookup(key);
	}

	static void destroy(const Lookup *key) noexcept
	{
		delete key;
	}
};

/* Keys that are bytes: nbmap_type_bytes().  `View` has data() and size(), and is made of these. */
template <class View> struct nbmap::bytes_key {
	using argument = View;
	using shown = View;
	template <class Traits> using way = detail::bytes_way<Traits>;

	static View key(const void *data, std::size_t size) noexcept
	{
		return View(static_cast<typename View::const_pointer>(data), size);
	}
};

/* A view of bytes.  What it views must live for the length of a call. */
class nbmap::bytes {
public:
	using const_pointer = const void *;

	constexpr bytes() noexcept = default;

	constexpr bytes(const void *data, std::size_t size) noexcept : data_(data), size_(size)
	{
	}

	/* Of any container of bytes: std::span, std::vector, std::array, std::string ... */
	template <class Container,
		  class = std::enable_if_t<sizeof(*std::declval<const Container &>().data()) == 1 &&
					   std::is_trivially_copyable_v<std::remove_reference_t<
						   decltype(*std::declval<const Container &>().data())>>>,
		  class = decltype(std::declval<const Container &>().size())>
	constexpr bytes(const Container &container) noexcept : data_(container.data()), size_(container.size())
	{
	}

	constexpr const void *data() const noexcept
	{
		return data_;
	}

	constexpr std::size_t size() const noexcept
	{
		return size_;
	}

	const unsigned char *begin() const noexcept
	{
		return static_cast<const unsigned char *>(data_);
	}

	const unsigned char *end() const noexcept
	{
		return begin() + size_;
	}

	friend bool operator==(const bytes &a, const bytes &b) noexcept
	{
		return a.size_ == b.size_ && (a.size_ == 0 || std::memcmp(a.data_, b.data_, a.size_) == 0);
	}

	friend bool operator!=(const bytes &a, const bytes &b) noexcept
	{
		return !(a == b);
	}

private:
	const void *data_ = nullptr;
	std::size_t size_ = 0;
};

template <class Key>
struct nbmap::key_traits<Key, std::enable_if_t<nbmap::detail::is_number<Key>>> : nbmap::integer_key<Key> {
	static constexpr std::uint64_t number(Key key) noexcept
	{
		return detail::convert<std::uint64_t>(key);
	}

	static constexpr Key key(std::uint64_t number) noexcept
	{
		return detail::convert<Key>(number);
	}
};

template <class T> struct nbmap::key_traits<T *, void> : nbmap::integer_key<T *> {
	static_assert(!std::is_same_v<std::remove_cv_t<T>, char>,
		      "char * may be a string or an address: use std::string_view, or std::uintptr_t");
	static_assert(!std::is_function_v<T>, "pointers to functions are no keys");

	static std::uint64_t number(T *key) noexcept
	{
		return reinterpret_cast<std::uintptr_t>(key);
	}

	static T *key(std::uint64_t number) noexcept
	{
		return reinterpret_cast<T *>(number);
	}
};

template <> struct nbmap::key_traits<std::string_view, void> : nbmap::bytes_key<std::string_view> {
};

template <> struct nbmap::key_traits<std::string, void> : nbmap::bytes_key<std::string_view> {
};

template <> struct nbmap::key_traits<nbmap::bytes, void> : nbmap::bytes_key<nbmap::bytes> {
};

#if defined(__cpp_lib_span)
template <>
struct nbmap::key_traits<std::span<const std::byte>, void> : nbmap::bytes_key<std::span<const std::byte>> {
};

template <>
struct nbmap::key_traits<std::span<const unsigned char>, void> : nbmap::bytes_key<std::span<const unsigned char>> {
};
#endif

/* ---- Value traits ------------------------------------------------------- */

/*
 * How a value becomes the word that a map has for it.  For a type of your own, derive
 * from one of the bases below and replace what is to differ, or say all of
 *
 * owned          whether the map owns what the word points to, and destroys it
 * item           what calls show: a pointer, or the value itself
 * expected       what replace() and erase_equal() take to compare with, ...
 * expected_word  ... and its word
 * word           the word for a value: see "Values" in nbmap.h.  Of owned ones, a
 *                pointer that stays the value's own
 * show           the item for a word
 *
 * and, of owned ones,
 *
 * disown         called when the map has taken the value over: it must not free it any
 *                more
 * destroy        frees what word returned
 *
 * and, of owned ones, as one likes,
 *
 * equal          whether two objects are the same, for replace() and erase_equal(); by
 *                default they compare addresses
 * size           how many bytes destroy gives back; by default that is not told.  See
 *                value_size in nbmap.h
 *
 * For a std::chrono::seconds, say, which has 8 bytes:
 *
 *     template <> struct nbmap::value_traits<seconds> : nbmap::number_value<std::int64_t> {
 *             using item = seconds;
 *             using expected = seconds;
 *             static void *word(seconds s) noexcept { return number_value::word(s.count()); }
 *             static void *expected_word(seconds s) noexcept { return word(s); }
 *             static seconds show(void *word) noexcept { return seconds(number_value::show(word)); }
 *     };
 */
template <class Value, class Enable> struct nbmap::value_traits {
	static_assert(detail::never<Value>,
		      "this type is no value of nbmap::map: use std::unique_ptr, or specialise nbmap::value_traits. "
		      "Numbers have at most 8 bytes, structs at most 7, without padding and floats");
};

/*
 * Objects of the map's own, by a pointer that owns: `Owner` is constructed from
 * what its get() and release() return, and is by default none.
 */
template <class Owner> struct nbmap::owned_value {
	static constexpr bool owned = true;
	using item = decltype(std::declval<const Owner &>().get());
	using expected = const std::remove_pointer_t<item> *;
	static_assert(std::is_pointer_v<item>, "the map keeps a plain pointer");
	static_assert(!detail::is_map<std::remove_pointer_t<item>>::value,
		      "a map may not be destroyed where another one frees its values: see value_free in nbmap.h");

	static void *word(const Owner &value) noexcept
	{
		return const_cast<void *>(static_cast<const void *>(value.get()));
	}

	static item show(void *word) noexcept
	{
		return static_cast<item>(word);
	}

	static const void *expected_word(expected value) noexcept
	{
		return value;
	}

	static void disown(Owner &value) noexcept
	{
		(void)value.release();
	}

	static void destroy(void *word) noexcept
	{
		Owner owner(show(word));
	}
};

/* Objects that stay yours: whoever displaces one frees it, a grace period later. */
template <class T> struct nbmap::borrowed_value {
	static_assert(!std::is_function_v<T>, "pointers to functions are no values");
	static constexpr bool owned = false;
	using item = T *;
	using expected = const T *;

	static void *word(T *value) noexcept
	{
		return const_cast<void *>(static_cast<const void *>(value));
	}

	static T *show(void *word) noexcept
	{
		return static_cast<T *>(word);
	}

	static const void *expected_word(expected value) noexcept
	{
		return value;
	}
};

/* Numbers in the map itself. */
template <class Value> struct nbmap::number_value {
	static constexpr bool owned = false;
	using item = Value;
	using expected = Value;

	static void *word(Value value) noexcept
	{
		return ::nbmap_int(detail::to_bits(value));
	}

	static Value show(void *word) noexcept
	{
		return detail::from_bits<Value>(::nbmap_int_of(word));
	}

	static const void *expected_word(Value value) noexcept
	{
		return word(value);
	}
};

/*
 * Small objects in the map itself, by their bytes.  All of these count where values
 * are compared, so there should be no padding.
 */
template <class Value> struct nbmap::value_by_bytes {
	static_assert(std::is_trivially_copyable_v<Value> && sizeof(Value) <= 7,
		      "values in the map itself are trivially copyable, and have 7 bytes at most");
	static constexpr bool owned = false;
	using item = Value;
	using expected = Value;

	static void *word(const Value &value) noexcept
	{
		std::uint64_t bits = 0;

		if constexpr (!std::is_empty_v<Value>)
			std::memcpy(reinterpret_cast<unsigned char *>(&bits) + detail::first_byte(sizeof(Value)),
				    std::addressof(value), sizeof(Value));
		return ::nbmap_int(bits);
	}

	static Value show(void *word) noexcept
	{
		std::uint64_t bits = ::nbmap_int_of(word);
		alignas(Value) unsigned char bytes[sizeof(Value)];

		std::memcpy(bytes,
			    reinterpret_cast<const unsigned char *>(&bits) + detail::first_byte(sizeof(Value)),
			    sizeof(Value));
		return *std::launder(reinterpret_cast<const Value *>(bytes));
	}

	static const void *expected_word(const Value &value) noexcept
	{
		return word(value);
	}
};

template <class T, class Deleter>
struct nbmap::value_traits<std::unique_ptr<T, Deleter>, void> : nbmap::owned_value<std::unique_ptr<T, Deleter>> {
	static_assert(std::is_empty_v<Deleter> && std::is_default_constructible_v<Deleter>,
		      "the map keeps the pointer alone: its deleter must be empty");
};

template <class T> struct nbmap::value_traits<T *, void> : nbmap::borrowed_value<T> {
};

template <class Value>
struct nbmap::value_traits<Value, std::enable_if_t<nbmap::detail::is_number<Value>>> : nbmap::number_value<Value> {
};

template <class Value>
struct nbmap::value_traits<Value, std::enable_if_t<nbmap::detail::is_small<Value>>> : nbmap::value_by_bytes<Value> {
};

/* ---- What an update's lambda returns ------------------------------------- */

/*
 * What becomes of the key: nbmap::keep, nbmap::remove, nbmap::reuse, a value to be
 * stored, or a status that is false, which ends the update and is returned by it.
 */
template <class Value> class nbmap::change {
public:
	change(action what) noexcept : action_(static_cast<int>(what))
	{
	}

	change(status why) noexcept : action_(why.error())
	{
	}

	template <class T,
		  class = std::enable_if_t<std::is_convertible_v<T &&, Value> && !std::is_same_v<std::decay_t<T>, change> &&
					   !std::is_same_v<std::decay_t<T>, action> &&
					   !std::is_same_v<std::decay_t<T>, status>>>
	change(T &&value) noexcept(std::is_nothrow_constructible_v<Value, T &&>)
	    : action_(NBMAP_SET), value_(std::in_place, std::forward<T>(value))
	{
	}

private:
	template <class Key, class V> friend class nbmap::map;

	/* As the callback of nbmap_update(): leaves the value in *spare, or the spare, which the map
	 * then keeps or discards.  What is no value stays ours. */
	int apply(void **spare) noexcept
	{
		using traits = value_traits<Value>;

		if (!value_)
			return action_;
		if constexpr (traits::owned) {
			void *word = traits::word(*value_);

			if (!detail::is_value(word))
				return -EINVAL;
			traits::disown(*value_);
			*spare = word;
		} else {
			*spare = traits::word(*value_);
		}
		return action_;
	}

	int action_;
	std::optional<Value> value_;
};

/* ---- Domains ------------------------------------------------------------- */

/* What every section is, whichever map or domain began it: see map::within(). */
class nbmap::guard {
public:
	guard(const guard &) = delete;
	guard &operator=(const guard &) = delete;

protected:
	guard() noexcept = default;
	~guard() = default;
};

/* As struct nbmap_domain_config; its callbacks must not throw. */
struct nbmap::domain_options {
	::nbmap_flavor flavor = NBMAP_BP;
	unsigned flags = 0;
	std::size_t limit_objects = 0;
	std::size_t limit_bytes = 0;
	std::size_t assist = 0;
	void (*on_limit)(const struct ::nbmap_domain_stats *stats, void *arg) = nullptr;
	void (*on_stall)(unsigned age_ms, void *arg) = nullptr;
	unsigned stall_ms = 0;
	void (*on_thread_start)(void *arg) = nullptr;
	void (*on_thread_exit)(void *arg) = nullptr;
	void *arg = nullptr;
	const ::nbmap_allocator *allocator = nullptr;
};

/*
 * A domain of one's own, or a share in one of a flavour's.  It must live longer than
 * the maps in it.
 */
class nbmap::domain {
public:
	/* Holds none: open() or share() make one. */
	explicit domain(std::nullptr_t) noexcept
	{
	}

#if NBMAP_HPP_THROWS
	/* As open(), but throws: std::bad_alloc, std::system_error. */
	explicit domain(const domain_options &options)
	{
		open(options).or_throw();
	}
#endif

	domain(domain &&other) noexcept : handle_(std::exchange(other.handle_, nullptr))
	{
	}

	domain &operator=(domain &&other) noexcept
	{
		domain old(std::move(other));

		swap(old);
		return *this;
	}

	/* As that of a map; a map in it, too, must be gone. */
	~domain()
	{
		[[maybe_unused]] status closed = close();

		assert(closed.error() != -EDEADLK && closed.error() != -EBUSY);
	}

	void swap(domain &other) noexcept
	{
		std::swap(handle_, other.handle_);
	}

	friend void swap(domain &a, domain &b) noexcept
	{
		a.swap(b);
	}

	/* nbmap_domain_new(); also -EBUSY: has one.  [anywhere] */
	status open(const domain_options &options) noexcept
	{
		::nbmap_domain_config config{};

		config.flavor = options.flavor;
		config.flags = options.flags;
		config.limit_objects = options.limit_objects;
		config.limit_bytes = options.limit_bytes;
		config.assist = options.assist;
		config.on_limit = options.on_limit;
		config.on_stall = options.on_stall;
		config.stall_ms = options.stall_ms;
		config.on_thread_start = options.on_thread_start;
		config.on_thread_exit = options.on_thread_exit;
		config.arg = options.arg;
		config.allocator = options.allocator;
		return status(handle_ ? -EBUSY : ::nbmap_domain_new(&handle_, &config));
	}

	/* nbmap_domain_shared(); also -EBUSY: has one.  [anywhere] */
	status share(::nbmap_flavor flavor, unsigned flags = 0) noexcept
	{
		return status(handle_ ? -EBUSY : ::nbmap_domain_shared(&handle_, flavor, flags));
	}

	/* nbmap_domain_destroy(); on an error it still has it.  [outside] */
	status close() noexcept
	{
		int error = ::nbmap_domain_destroy(handle_);

		if (!error)
			handle_ = nullptr;
		return status(error);
	}

	explicit operator bool() const noexcept
	{
		return handle_;
	}

	/* For the calls of nbmap.h. */
	::nbmap_domain *handle() const noexcept
	{
		return handle_;
	}

	/* A section of all maps of the domain: see map::within(). */
	class [[nodiscard]] section : public guard {
	public:
		explicit section(::nbmap_domain *domain) noexcept : domain_(domain)
		{
			assert(domain);
			::nbmap_domain_enter(domain);
		}

		~section()
		{
			::nbmap_domain_leave(domain_);
		}

		section(const section &) = delete;
		section &operator=(const section &) = delete;

	private:
		::nbmap_domain *domain_;
	};

	/* nbmap_domain_enter(), until the section's scope ends. */
	section enter() const noexcept
	{
		return section(handle_);
	}

	/* nbmap_domain_synchronize(), _barrier(), _reclaim(), _reclaim_within().  [outside] */
	status synchronize() const noexcept
	{
		return status(::nbmap_domain_synchronize(handle_));
	}

	status barrier() const noexcept
	{
		return status(::nbmap_domain_barrier(handle_));
	}

	result<std::size_t> reclaim() const noexcept
	{
		return detail::counted(::nbmap_domain_reclaim(handle_));
	}

	result<std::size_t> reclaim_within(std::uint64_t ns) const noexcept
	{
		return detail::counted(::nbmap_domain_reclaim_within(handle_, ns));
	}

	/* nbmap_domain_stats().  [anywhere] */
	struct ::nbmap_domain_stats stats() const noexcept
	{
		struct ::nbmap_domain_stats now;

		::nbmap_domain_stats(handle_, &now);
		return now;
	}

private:
	::nbmap_domain *handle_ = nullptr;
};

/* ---- Threads -------------------------------------------------------------- */

/*
 * Registers the thread with a flavour, as nbmap_thread_register(), until its scope
 * ends.  False, and does nothing then, if it was registered before.
 */
class [[nodiscard]] nbmap::registration {
public:
	explicit registration(::nbmap_flavor flavor) noexcept
	    : flavor_(flavor), registered_(::nbmap_thread_register(flavor) == 0)
	{
	}

	~registration()
	{
		if (registered_)
			(void)::nbmap_thread_unregister(flavor_);
	}

	registration(const registration &) = delete;
	registration &operator=(const registration &) = delete;

	explicit operator bool() const noexcept
	{
		return registered_;
	}

private:
	::nbmap_flavor flavor_;
	bool registered_;
};

/* Around a long wait of a registered thread: nbmap_thread_offline(), _online(). */
class [[nodiscard]] nbmap::offline {
public:
	explicit offline(::nbmap_flavor flavor) noexcept : flavor_(flavor)
	{
		(void)::nbmap_thread_offline(flavor);
	}

	~offline()
	{
		(void)::nbmap_thread_online(flavor_);
	}

	offline(const offline &) = delete;
	offline &operator=(const offline &) = delete;

private:
	::nbmap_flavor flavor_;
};

/* ---- Cursors -------------------------------------------------------------- */

/* struct nbmap_cursor, at the beginning of a cycle: plain data, as that is. */
struct nbmap::cursor : ::nbmap_cursor {
	cursor() noexcept : ::nbmap_cursor{}
	{
	}

	/* nbmap_cursor_at().  [anywhere] */
	static cursor at(std::uint64_t position) noexcept
	{
		cursor there;

		static_cast<::nbmap_cursor &>(there) = ::nbmap_cursor_at(position);
		return there;
	}
};

/* ---- Maps ----------------------------------------------------------------- */

/* As struct nbmap_config.  `domain` is that of nbmap::domain::handle(). */
struct nbmap::options {
	::nbmap_flavor flavor = NBMAP_BP;
	unsigned flags = 0;
	::nbmap_domain *domain = nullptr;
	std::uint64_t seed = 0;
	std::size_t capacity = 0;
	std::size_t min_capacity = 0;
	const ::nbmap_allocator *allocator = nullptr;
};

/*
 * A map of nbmap.h, made, held and destroyed.  Any thread may call what is const, and enter()
 * and within(), at any time.  To open, close, move, swap or destroy it is for one thread
 * alone, while no other uses it by this name.
 */
template <class Key, class Value> class nbmap::map {
	static_assert(std::is_same_v<Key, std::decay_t<Key>> && std::is_same_v<Value, std::decay_t<Value>>,
		      "keys and values are types without const, volatile and &");

	using keys = key_traits<Key>;
	using values_of = value_traits<Value>;
	using way = typename keys::template way<keys>;
	using calls = typename way::calls;
	using passed = typename way::passed;

public:
	using key_type = Key;
	using mapped_type = Value;

	/* A map of nbmap.h. */
	using handle_type = typename calls::handle;

	/* How calls take a key, and how it is shown. */
	using key_argument = typename keys::argument;
	using key_item = typename keys::shown;

	/* A value that is there, and one that may not be. */
	using item = typename values_of::item;
	using view = std::conditional_t<std::is_pointer_v<item>, item, std::optional<item>>;

	/* How writers take a value: one that the map comes to own by std::move(). */
	using value_argument = std::conditional_t<values_of::owned, Value &&, Value>;
	using expected = typename values_of::expected;

	/* What a walk and a scan show. */
	struct entry {
		key_item key;
		item value;
	};

	/* A place for a value that get_batch() returns, ... */
	class found {
	public:
		explicit operator bool() const noexcept
		{
			return word_;
		}

		view value() const noexcept
		{
			return read(word_);
		}

	private:
		friend class map;
		void *word_;
	};

	/* ... and for an entry that scan() returns. */
	class place {
	public:
		entry operator*() const noexcept
		{
			return entry{way::show(raw_.key), values_of::show(raw_.value)};
		}

	private:
		friend class map;
		typename calls::entry raw_;
	};

	class iterator;
	class range;

	/* The calls of a section; a section; and those of a const map, which only read. */
	class writing;
	class section;
	class reading;
	class reader;

	/* ---- Life ---- */

#if NBMAP_HPP_THROWS
	/* As open(), but throws: std::bad_alloc, std::system_error. */
	map() : map(options())
	{
	}

	explicit map(const options &options)
	{
		open(options).or_throw();
	}
#endif

	/* Holds none, like one that was moved from: open() makes one. */
	explicit map(std::nullptr_t) noexcept
	{
	}

	/* Sections of the map stay good. */
	map(map &&other) noexcept : handle_(std::exchange(other.handle_, nullptr))
	{
	}

	map &operator=(map &&other) noexcept
	{
		map old(std::move(other));

		swap(old);
		return *this;
	}

	/*
	 * close().  Where that is refused the map stays as it is, and is lost.  Inside of a
	 * section that is an error of the program, and asserted; in a child that was forked it
	 * is all that can be done.  [outside]
	 */
	~map()
	{
		[[maybe_unused]] status closed = close();

		assert(closed.error() != -EDEADLK);
	}

	void swap(map &other) noexcept
	{
		std::swap(handle_, other.handle_);
	}

	friend void swap(map &a, map &b) noexcept
	{
		a.swap(b);
	}

	/* nbmap_new(); also -EBUSY: has one.  [anywhere] */
	status open(const options &options = {}) noexcept
	{
		::nbmap_type type{};
		::nbmap_config config{};

		way::describe(type);
		detail::describe_values<values_of>(type);
		config.type = &type;
		config.flavor = options.flavor;
		config.flags = options.flags;
		config.domain = options.domain;
		config.seed = options.seed;
		config.capacity = options.capacity;
		config.min_capacity = options.min_capacity;
		config.allocator = options.allocator;
		return status(handle_ ? -EBUSY : calls::make(&handle_, &config));
	}

	/* nbmap_destroy(); on an error it still has it.  [outside] */
	status close() noexcept
	{
		int error = calls::destroy(handle_);

		if (!error)
			handle_ = nullptr;
		return status(error);
	}

	explicit operator bool() const noexcept
	{
		return handle_;
	}

	/* For the calls of nbmap.h.  [anywhere] */
	handle_type *handle() const noexcept
	{
		return handle_;
	}

	/* nbmap_domain_of().  [anywhere] */
	::nbmap_domain *domain_handle() const noexcept
	{
		return calls::domain_of(handle_);
	}

	/* ---- Sections ---- */

	/* nbmap_enter(), and nbmap_leave() when the scope of what it returns ends. */
	section enter() noexcept
	{
		return section(handle_);
	}

	reader enter() const noexcept
	{
		return reader(handle_);
	}

	/*
	 * The calls of a section, within one of another map or of a domain, for which the
	 * thread enters once only.  Both must have one flavour.  Good as long as the section lives.
	 */
	writing within(const guard &) noexcept
	{
		return writing(handle_);
	}

	reading within(const guard &) const noexcept
	{
		return reading(handle_);
	}

	writing within(const guard &&) = delete;
	reading within(const guard &&) const = delete;

	/*
	 * The same in a section that this header does not know: by liburcu's own calls, or
	 * that of an online QSBR thread, where there is nothing to enter.
	 */
	writing unguarded() noexcept
	{
		return writing(handle_);
	}

	reading unguarded() const noexcept
	{
		return reading(handle_);
	}

	/* nbmap_synchronize(), _barrier(), _reclaim(), _reclaim_within().  [outside] */
	status synchronize() const noexcept
	{
		return status(calls::synchronize(handle_));
	}

	status barrier() const noexcept
	{
		return status(calls::barrier(handle_));
	}

	result<std::size_t> reclaim() const noexcept
	{
		return detail::counted(calls::reclaim(handle_));
	}

	result<std::size_t> reclaim_within(std::uint64_t ns) const noexcept
	{
		return detail::counted(calls::reclaim_within(handle_, ns));
	}

private:
	/* The view of a word, which may be NULL. */
	static view read(void *word) noexcept
	{
		if constexpr (std::is_pointer_v<item>)
			return word ? values_of::show(word) : nullptr;
		else
			return word ? view(values_of::show(word)) : view();
	}

	handle_type *handle_ = nullptr;
};

/* ---- Walks ---------------------------------------------------------------- */

/* Where a walk stands.  An input iterator: one pass, and the end is a std::nullptr_t. */
template <class Key, class Value> class nbmap::map<Key, Value>::iterator {
public:
	using value_type = entry;
	using reference = entry;
	using pointer = void;
	using difference_type = std::ptrdiff_t;
	using iterator_category = std::input_iterator_tag;

	entry operator*() const noexcept
	{
		return entry{way::show(key_), values_of::show(value_)};
	}

	/* nbmap_iter_next().  [section] */
	iterator &operator++() noexcept
	{
		more_ = calls::iter_next(&iter_, &key_, &value_);
		return *this;
	}

	void operator++(int) noexcept
	{
		++*this;
	}

	friend bool operator==(const iterator &it, std::nullptr_t) noexcept
	{
		return !it.more_;
	}

	friend bool operator!=(const iterator &it, std::nullptr_t) noexcept
	{
		return it.more_;
	}

private:
	friend class reading;
	friend class range;

	iterator() noexcept = default;

	/* -ENOMEM, -EDEADLK: at the end. */
	int start(handle_type *map) noexcept
	{
		int error = calls::iter_init(map, &iter_);

		if (error)
			*this = iterator(); /* all zeroes: it may be copied */
		else
			++*this;
		return error;
	}

	::nbmap_iter iter_;
	typename calls::key_out key_{};
	void *value_ = nullptr;
	bool more_ = false;
};

/* Entries to walk over, if it is true; there are none in it if it is not. */
template <class Key, class Value> class [[nodiscard]] nbmap::map<Key, Value>::range : public status {
public:
	iterator begin() const noexcept
	{
		return first_;
	}

	std::nullptr_t end() const noexcept
	{
		return nullptr;
	}

private:
	friend class reading;

	explicit range(handle_type *map) noexcept
	{
		static_cast<status &>(*this) = status(first_.start(map));
	}

	iterator first_;
};

/* ---- Calls that read ------------------------------------------------------ */

/* All of them [section], by nature of where they come from. */
template <class Key, class Value> class nbmap::map<Key, Value>::reading {
public:
	/* nbmap_get(): the value, or an empty view. */
	view get(key_argument key) const & noexcept
	{
		return read(calls::get(handle_, passed(key)));
	}

	/* nbmap_get(), asked only whether there is one. */
	bool contains(key_argument key) const noexcept
	{
		return calls::get(handle_, passed(key));
	}

	/*
	 * nbmap_get_batch(): values[i] is what a get of keys[i] finds, for all i < count.
	 * Keys that are std::uint64_t go as they are, all others in batches of 64.
	 */
	template <class Argument> void get_batch(const Argument *keys, found *values, std::size_t count) const & noexcept
	{
		if constexpr (std::is_same_v<Argument, std::uint64_t> && std::is_same_v<Key, std::uint64_t>) {
			calls::get_batch(handle_, keys, words(values), count);
		} else {
			constexpr std::size_t batch = 64;

			for (; count > batch; count -= batch, keys += batch, values += batch)
				get_some<batch>(keys, values, batch);
			get_some<batch>(keys, values, count);
		}
	}

	/*
	 * nbmap_iter_init(), and a range to go over: false on -ENOMEM and -EDEADLK.
	 *
	 *     auto all = section.walk();
	 *     if (!all)
	 *             return all.error();
	 *     for (auto [key, value] : all)
	 */
	range walk() const & noexcept
	{
		return range(handle_);
	}

#if NBMAP_HPP_THROWS
	/* The same by the section itself, for (auto [key, value] : section): throws as or_throw(). */
	iterator begin() const &
	{
		iterator first;

		status(first.start(handle_)).or_throw();
		return first;
	}

	std::nullptr_t end() const noexcept
	{
		return nullptr;
	}
#endif

	/* The entries that a scan has found, in the places that it was given. */
	class slice {
	public:
		class iterator {
		public:
			using value_type = entry;
			using reference = entry;
			using pointer = void;
			using difference_type = std::ptrdiff_t;
			using iterator_category = std::input_iterator_tag;

			entry operator*() const noexcept
			{
				return **place_;
			}

			iterator &operator++() noexcept
			{
				++place_;
				return *this;
			}

			iterator operator++(int) noexcept
			{
				return iterator(place_++);
			}

			friend bool operator==(const iterator &a, const iterator &b) noexcept
			{
				return a.place_ == b.place_;
			}

			friend bool operator!=(const iterator &a, const iterator &b) noexcept
			{
				return a.place_ != b.place_;
			}

		private:
			friend class slice;

			explicit iterator(const place *at) noexcept : place_(at)
			{
			}

			const place *place_;
		};

		std::size_t size() const noexcept
		{
			return size_;
		}

		bool empty() const noexcept
		{
			return size_ == 0;
		}

		entry operator[](std::size_t i) const noexcept
		{
			return *places_[i];
		}

		iterator begin() const noexcept
		{
			return iterator(places_);
		}

		iterator end() const noexcept
		{
			return iterator(places_ + size_);
		}

	private:
		friend class reading;

		slice(const place *places, std::size_t size) noexcept : places_(places), size_(size)
		{
		}

		const place *places_;
		std::size_t size_;
	};

	/*
	 * nbmap_scan(): some entries, and the cursor moves behind them.  -EINVAL, -E2BIG.
	 *
	 *     decltype(map)::place places[256];
	 *     auto some = section.scan(cursor, places);
	 *     if (some)
	 *             for (auto [key, value] : *some)
	 */
	result<slice> scan(::nbmap_cursor &cursor, place *places, std::size_t n) const & noexcept
	{
		static_assert(sizeof(place) == sizeof(typename calls::entry));
		long found = calls::scan(handle_, &cursor, reinterpret_cast<typename calls::entry *>(places), n);

		return found < 0 ? result<slice>(status(static_cast<int>(found)))
				 : result<slice>(slice(places, static_cast<std::size_t>(found)));
	}

	template <std::size_t N> result<slice> scan(::nbmap_cursor &cursor, place (&places)[N]) const & noexcept
	{
		return scan(cursor, places, N);
	}

	/* nbmap_count() */
	std::size_t count() const noexcept
	{
		return calls::count(handle_);
	}

	/* nbmap_stats() */
	struct ::nbmap_stats stats() const noexcept
	{
		struct ::nbmap_stats now;

		calls::stats(handle_, &now);
		return now;
	}

	/* nbmap_dump() */
	status dump(std::FILE *out) const noexcept
	{
		return status(calls::dump(handle_, out));
	}

protected:
	friend class map;

	explicit reading(handle_type *map) noexcept : handle_(map)
	{
		assert(map);
	}

	handle_type *handle_;

private:
	static void **words(found *values) noexcept
	{
		static_assert(sizeof(found) == sizeof(void *));
		return reinterpret_cast<void **>(values);
	}

	template <std::size_t Most, class Argument>
	void get_some(const Argument *keys, found *values, std::size_t count) const noexcept
	{
		if constexpr (std::is_same_v<calls, detail::integer_calls>) {
			std::uint64_t numbers[Most];

			for (std::size_t i = 0; i < count; i++)
				numbers[i] = passed(keys[i]);
			calls::get_batch(handle_, numbers, words(values), count);
		} else {
			static_assert(!std::is_reference_v<key_argument> ||
					      std::is_convertible_v<const Argument *, std::remove_reference_t<key_argument> *>,
				      "keys of a type that is only converted to the map's would not live long enough");
			alignas(passed) unsigned char room[Most * sizeof(passed)];
			const void *objects[Most];

			for (std::size_t i = 0; i < count; i++)
				objects[i] = *::new (room + i * sizeof(passed)) passed(keys[i]);
			calls::get_batch(handle_, objects, words(values), count);
		}
	}
};

/* ---- Calls that write ----------------------------------------------------- */

/*
 * Those of nbmap.h by the same name, but erase() for nbmap_del() and erase_equal() for
 * nbmap_del_if().  `seen`, if not null, receives the value that the key had when the
 * call took effect, or an empty view: also on errors by which nbmap.h sets none.
 */
template <class Key, class Value> class nbmap::map<Key, Value>::writing : public reading {
	using reading::handle_;

	template <class Fn> struct update_call {
		using callee = std::remove_reference_t<Fn>;
		static constexpr bool spares = values_of::owned && std::is_invocable_v<callee &, view, item>;
		using nothrow = std::conditional_t<spares, std::is_nothrow_invocable_r<change<Value>, callee &, view, item>,
						   std::is_nothrow_invocable_r<change<Value>, callee &, view>>;
		static constexpr bool throws = detail::may_throw<nothrow::value>;

		static change<Value> ask(callee &fn, void *current, [[maybe_unused]] void *spare) noexcept(!throws)
		{
			if constexpr (spares)
				return fn(read(current), read(spare));
			else
				return fn(read(current));
		}

		static int invoke(typename calls::key, void *current, void **value, void *arg) noexcept
		{
			update_call &call = *static_cast<update_call *>(arg);

			return call.caught.attempt([&] { return ask(*call.fn, current, *value).apply(value); },
						   -ECANCELED);
		}

		callee *fn;
		detail::caught<throws> caught;
	};

	template <class Make> struct create_call {
		using callee = std::remove_reference_t<Make>;
		static constexpr bool throws = detail::may_throw<std::is_nothrow_invocable_r_v<Value, callee &>>;

		/* The word of what is made; the map is to have it. */
		void *create() noexcept(!throws)
		{
			Value made = detail::to<Value>((*make)());
			void *word = values_of::word(made);

			if constexpr (values_of::owned) {
				if (!word)
					return nullptr;
				if (!detail::is_value(word)) {
					error = -EINVAL;
					return nullptr;
				}
				values_of::disown(made);
			}
			return word;
		}

		static void *invoke(typename calls::key, void *arg) noexcept
		{
			create_call &call = *static_cast<create_call *>(arg);

			return call.caught.attempt([&] { return call.create(); }, nullptr);
		}

		callee *make;
		int error;
		detail::caught<throws> caught;
	};

public:
	status put(key_argument key, value_argument value, view *seen = nullptr) const & noexcept
	{
		return store(calls::put, key, value, seen);
	}

	/* False, with -EEXIST, if the key has a value. */
	status add(key_argument key, value_argument value, view *seen = nullptr) const & noexcept
	{
		return store(calls::add, key, value, seen);
	}

	/* False, with -ENOENT, if the key has none. */
	status set(key_argument key, value_argument value, view *seen = nullptr) const & noexcept
	{
		return store(calls::set, key, value, seen);
	}

	/* False, with -ENOENT or -EAGAIN, if the key's value is not `expected`. */
	status replace(key_argument key, expected expected, value_argument value, view *seen = nullptr) const & noexcept
	{
		return stored(value, with_seen(seen, [&](void **out) {
				      return calls::replace(handle_, passed(key), values_of::expected_word(expected),
							    values_of::word(value), out);
			      }));
	}

	/* False, with -ENOENT, if the key has no value. */
	status erase(key_argument key, view *seen = nullptr) const & noexcept
	{
		return status(with_seen(seen, [&](void **out) { return calls::del(handle_, passed(key), out); }));
	}

	/* False, with -ENOENT or -EAGAIN, if the key's value is not `expected`. */
	status erase_equal(key_argument key, expected expected, view *seen = nullptr) const & noexcept
	{
		return status(with_seen(seen, [&](void **out) {
			return calls::del_if(handle_, passed(key), values_of::expected_word(expected), out);
		}));
	}

	/*
	 * The key gets what `fn` makes of its value.  `fn(view)` returns an
	 * nbmap::change<Value>, or what converts to one:
	 *
	 *     section.update(word, [](std::optional<std::uint64_t> n) { return n.value_or(0) + 1; });
	 *
	 *     section.update(name, [&](const page *old) -> nbmap::change<std::unique_ptr<page>> {
	 *             if (old && old->visits == limit)
	 *                     return nbmap::keep;
	 *             return std::make_unique<page>(old ? old->visits + 1 : 1);
	 *     });
	 *
	 * Of values that the map owns, `fn(view, T *spare)` is shown the object that it has
	 * made in an attempt that was lost, or nullptr: it may be changed and stored, by
	 * nbmap::reuse, or left.  (nbmap::reuse where there is none: -EINVAL.)
	 *
	 * A value that is null or misaligned is -EINVAL, and deleted.  Throws what `fn` does.
	 */
	template <class Fn>
	status update(key_argument key, Fn &&fn, view *seen = nullptr) const & noexcept(!update_call<Fn>::throws)
	{
		update_call<Fn> call{std::addressof(fn), {}};
		int error = with_seen(seen, [&](void **out) {
			return calls::update(handle_, passed(key), update_call<Fn>::invoke, &call, out);
		});

		call.caught.rethrow();
		return status(error);
	}

	/*
	 * The key's value, or else the one that `make()` returns, which is stored: a Value, or
	 * what converts to one.  A null pointer is -ENOMEM, a misaligned one -EINVAL.  What was made
	 * and is not stored, because another thread was first, or at an error, is deleted if the map
	 * was to own it, and else is yours.  Throws what `make` does.
	 */
	template <class Make>
	result<item> get_or_add(key_argument key, Make &&make) const & noexcept(!create_call<Make>::throws)
	{
		create_call<Make> call{std::addressof(make), 0, {}};
		void *word = nullptr;
		int error = calls::get_or_add(handle_, passed(key), create_call<Make>::invoke, &call, &word);

		call.caught.rethrow();
		if (error)
			return result<item>(status(call.error ? call.error : error));
		return result<item>(values_of::show(word));
	}

	/* Of unsigned values of 8 bytes, which are the integers of nbmap.h. */
	template <class V = Value>
	status add_int(key_argument key, std::int64_t delta, view *seen = nullptr) const & noexcept
	{
		static_assert(std::is_unsigned_v<V> && sizeof(V) == 8, "sums are unsigned and have 8 bytes");

		return status(with_seen(
			seen, [&](void **out) { return calls::add_int(handle_, passed(key), delta, out); }));
	}

	/* nbmap_clear() */
	status clear() const noexcept
	{
		return status(calls::clear(handle_));
	}

	/*
	 * nbmap_retire(): delete `object` after a grace period.  Taken over where the status is
	 * true.
	 */
	template <class T, class Deleter> status retire(std::unique_ptr<T, Deleter> &&object) const noexcept
	{
		using owner = value_traits<std::unique_ptr<T, Deleter>>;
		int error = calls::retire(handle_, owner::word(object),
					  detail::value_callbacks<owner, std::remove_extent_t<T>>::free, nullptr);

		if (!error)
			owner::disown(object);
		return status(error);
	}

protected:
	friend class map;

	explicit writing(handle_type *map) noexcept : reading(map)
	{
	}

private:
	template <class Call> static int with_seen(view *seen, Call call) noexcept
	{
		if (!seen)
			return call(nullptr);

		void *word = nullptr;
		int error = call(&word);

		if constexpr (std::is_pointer_v<item>)
			*seen = read(word);
		else if (word)
			seen->emplace(values_of::show(word));
		else
			seen->reset();
		return error;
	}

	/* The map has the value, if there was no error. */
	template <class T> static status stored(T &value, int error) noexcept
	{
		if constexpr (values_of::owned)
			if (!error)
				values_of::disown(value);
		return status(error);
	}

	template <class Call, class T> status store(Call call, key_argument key, T &value, view *seen) const noexcept
	{
		return stored(value, with_seen(seen, [&](void **out) {
				      return call(handle_, passed(key), values_of::word(value), out);
			      }));
	}
};

/* ---- Sections --------------------------------------------------------------- */

/*
 * What enter() returns.  It has a name: the calls that may hand out a pointer are not there
 * for one that ends at once.
 */
template <class Key, class Value> class [[nodiscard]] nbmap::map<Key, Value>::section : public guard, public writing {
public:
	~section()
	{
		calls::leave(this->handle_);
	}

	section(const section &) = delete;
	section &operator=(const section &) = delete;

#if NBMAP_HPP_THROWS
	using reading::begin;
#endif
	using reading::get;
	using reading::get_batch;
	using reading::scan;
	using reading::walk;
	using writing::add;
	using writing::add_int;
	using writing::erase;
	using writing::erase_equal;
	using writing::get_or_add;
	using writing::put;
	using writing::replace;
	using writing::set;
	using writing::update;
	template <class... T> void begin(T &&...) const && = delete;
	template <class... T> void get(T &&...) const && = delete;
	template <class... T> void get_batch(T &&...) const && = delete;
	template <class... T> void scan(T &&...) const && = delete;
	template <class... T> void walk(T &&...) const && = delete;
	template <class... T> void add(T &&...) const && = delete;
	template <class... T> void add_int(T &&...) const && = delete;
	template <class... T> void erase(T &&...) const && = delete;
	template <class... T> void erase_equal(T &&...) const && = delete;
	template <class... T> void get_or_add(T &&...) const && = delete;
	template <class... T> void put(T &&...) const && = delete;
	template <class... T> void replace(T &&...) const && = delete;
	template <class... T> void set(T &&...) const && = delete;
	template <class... T> void update(T &&...) const && = delete;

private:
	friend class map;

	explicit section(handle_type *map) noexcept : writing(map)
	{
		calls::enter(map);
	}
};

template <class Key, class Value> class [[nodiscard]] nbmap::map<Key, Value>::reader : public guard, public reading {
public:
	~reader()
	{
		calls::leave(this->handle_);
	}

	reader(const reader &) = delete;
	reader &operator=(const reader &) = delete;

#if NBMAP_HPP_THROWS
	using reading::begin;
#endif
	using reading::get;
	using reading::get_batch;
	using reading::scan;
	using reading::walk;
	template <class... T> void begin(T &&...) const && = delete;
	template <class... T> void get(T &&...) const && = delete;
	template <class... T> void get_batch(T &&...) const && = delete;
	template <class... T> void scan(T &&...) const && = delete;
	template <class... T> void walk(T &&...) const && = delete;

private:
	friend class map;

	explicit reader(handle_type *map) noexcept : reading(map)
	{
		calls::enter(map);
	}
};

#undef NBMAP_HPP_THROWS

#endif
