/* object: a peer whose map is one object of C++, made with a capacity, which frees what is removed at once. */
#ifndef COMPARE_OBJECT_HPP
#define COMPARE_OBJECT_HPP

#include <new>

#include "peer.h"

template <typename map> void *object_create(size_t capacity)
{
	return new (std::nothrow) map(capacity);
}

template <typename map> void object_destroy(void *arg)
{
	delete static_cast<map *>(arg);
}

template <typename map>
constexpr struct peer object_peer(const char *name, const char *version, bool concurrent, bool own_allocator,
				  struct peer_loops loops)
{
	struct peer peer = {};

	peer.name = name;
	peer.version = version;
	peer.concurrent = concurrent;
	peer.own_allocator = own_allocator;
	peer.create = object_create<map>;
	peer.destroy = object_destroy<map>;
	peer.loops = loops;
	return peer;
}

#endif
