/* ahead: see ahead.h. */
#include "ahead.h"

/* The word at or behind `*at`; false: it may go on behind the input.  Empty at the line's end. */
static bool next_word(const char **at, const char *end, struct text *word)
{
	const char *p = *at;

	while (p < end && *p == ' ')
		p++;
	word->at = p;
	while (p < end && *p != ' ' && *p != '\r' && *p != '\n')
		p++;
	word->size = (size_t)(p - word->at);
	*at = p;
	return p < end;
}

/* Whether the bytes at `*at` are the end of a line, and behind it the beginning of a get. */
static bool next_get(const char **at, const char *end)
{
	const char *p = *at;

	if (*p == '\r')
		p++;
	if (end - p < 5 || memcmp(p, "\nget", 4) != 0)
		return false;
	p += 4 + (p[4] == 's');
	*at = p;
	return p < end && *p == ' ';
}

/* The keys from this one on, and what they have. */
static void look(struct ahead *ahead, struct store_thread *thread, struct text key)
{
	const char *at = key.at + key.size;
	struct text word;

	ahead->key[0] = key;
	ahead->next = 0;
	ahead->count = 1;
	while (ahead->count < AHEAD && next_word(&at, ahead->end, &word) && word.size <= KEY_MAX_SIZE) {
		if (word.size > 0)
			ahead->key[ahead->count++] = word;
		else if (!next_get(&at, ahead->end))
			break;
	}
	store_look(thread, ahead->key, ahead->looked, ahead->count);
}

/* The parser may see another key at the same place: there a key can have a '\r' in it. */
static bool is_next(const struct ahead *ahead, struct text key)
{
	const struct text *next = &ahead->key[ahead->next];

	return ahead->next < ahead->count && next->at == key.at && next->size == key.size;
}

struct item *ahead_get(struct ahead *ahead, struct store_thread *thread, struct text key)
{
	if (!is_next(ahead, key))
		look(ahead, thread, key);
	return store_found(thread, key, &ahead->looked[ahead->next++]);
}
