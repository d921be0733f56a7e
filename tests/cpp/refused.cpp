/*
 * refused: what nbmap.hpp does not let through.  See refused.sh.
 */
#include <nbmap.hpp>

#include <string>
#include <vector>

using texts = nbmap::map<int, std::unique_ptr<std::string>>;
using numbers = nbmap::map<int, std::uint64_t>;

struct opaque {
	std::vector<int> v;
};

struct padded {
	char a;
	short b;
};

struct long_one {
	char text[8];
};

struct deleter {
	int state;
	void operator()(int *p) const;
};

struct like_int {
	int n;
};

inline bool operator==(const like_int &a, const like_int &b)
{
	return a.n == b.n;
}

template <> struct nbmap::key_traits<like_int> : nbmap::object_key<like_int> {
	static std::uint64_t hash(const like_int &key, std::uint64_t) noexcept
	{
		return static_cast<std::uint64_t>(key.n);
	}
};

struct to_like_int {
	operator like_int() const;
};

// ---- Sections

// CASE: no member named .get.
std::string *f(texts &map) { return map.get(1); }
// CASE: deleted
std::string *f(texts &map) { return map.enter().get(1); }
// CASE: deleted
bool f(texts &map) { std::string *seen; return bool(map.enter().put(1, nullptr, &seen)); }
// CASE: no member named .put.
bool f(const texts &map) { auto s = map.enter(); return bool(s.put(1, std::make_unique<std::string>())); }
// CASE: deleted
void f(texts &map) { auto s = map.enter(); auto t = s; }
// CASE: deleted
void f(texts &map) { auto s = map.enter(); auto t = std::move(s); }
// CASE: deleted
void f(texts &map, numbers &other) { auto s = map.within(other.enter()); }
// CASE: protected
void f(texts &map) { nbmap::guard none; (void)map.within(none).get(1); }
// CASE: nodiscard
void f(texts &map) { map.enter(); }
// CASE: private
void f(texts &map) { texts::section s(map.handle()); }

// ---- Results

// CASE: nodiscard
void f(texts &map) { auto s = map.enter(); s.erase(1); }
// CASE: nodiscard
void f(texts &map) { auto s = map.enter(); s.get_or_add(1, [] { return nullptr; }); }
// CASE: (cannot|no viable) conver|cannot convert|no viable conversion
int f(texts &map) { auto s = map.enter(); return s.erase(1); }

// ---- Ownership

// CASE: (cannot|no viable|could not|rvalue|bind)
bool f(texts &map, std::unique_ptr<std::string> v) { auto s = map.enter(); return bool(s.put(1, v)); }
// CASE: deleted
void f(texts &map) { texts copy = map; }
// CASE: deleted
void f(nbmap::domain &domain) { nbmap::domain copy = domain; }
// CASE: its deleter must be empty
nbmap::map<int, std::unique_ptr<int, deleter>> m;
// CASE: may not be destroyed where another one frees its values
nbmap::map<int, std::unique_ptr<texts>> m;

// ---- Keys

// CASE: is no key of nbmap::map
nbmap::map<opaque, int> m;
// CASE: is no key of nbmap::map
nbmap::map<double, int> m;
// CASE: may be a string or an address
nbmap::map<const char *, int> m;
// CASE: is no key of nbmap::map
nbmap::map<std::pair<long, long>, int> m;
// CASE: is no key of nbmap::map
__extension__ typedef unsigned __int128 twice;
nbmap::map<twice, int> m;
// CASE: types without const
nbmap::map<const int, int> m;
// CASE: would not live long enough
void f(nbmap::map<like_int, int> &map, const to_like_int *keys)
{
	decltype(nbmap::map<like_int, int>(nullptr))::found found[2];
	map.enter().count();
	auto s = map.enter();
	s.get_batch(keys, found, 2);
}

// ---- Values

// CASE: is no value of nbmap::map
nbmap::map<int, opaque> m;
// CASE: is no value of nbmap::map
nbmap::map<int, padded> m;
// CASE: is no value of nbmap::map
nbmap::map<int, long_one> m;
// CASE: is no value of nbmap::map
nbmap::map<int, double> m;
// CASE: is no value of nbmap::map
__extension__ typedef unsigned __int128 twice;
nbmap::map<int, twice> m;
// CASE: pointers to functions are no values
nbmap::map<int, void (*)()> m;
// CASE: types without const
nbmap::map<int, int &> m;
// CASE: sums are unsigned and have 8 bytes
void f(nbmap::map<int, int> &map) { auto s = map.enter(); (void)s.add_int(1, 1); }
// CASE: (incompatible|different types|no common)
void f(numbers &map, bool b) { auto s = map.enter(); (void)s.update(1, [b](auto) { return b ? nbmap::keep : 5; }); }
