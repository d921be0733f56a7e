/* owned: the values of the string maps in C++. */
#ifndef COMPARE_OWNED_HPP
#define COMPARE_OWNED_HPP

#include <memory>

#include "box.h"

struct owned_free {
	void operator()(struct box *box) const
	{
		free(box);
	}
};

using owned = std::unique_ptr<struct box, owned_free>;

#endif
